//! Where redirects lead.

use plumbline_reference::{Answer, Error, Extent, Judge, Operation, Standard};

use crate::Mutant;
use crate::broken::Broken;
use crate::layers::{Follow, Hosts, Moved, SecretsAlong, Verbs};

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "redirects-followed",
        story: "follows redirects to any host, with everything that it sent before",
        build: || {
            Broken::layer(|| Follow {
                hosts: Hosts::Any,
                verbs: Verbs::All,
                secrets: SecretsAlong::Kept,
                hops: 9,
            })
        },
    },
    Mutant {
        id: "redirected-reads-keep-secrets",
        story: "follows redirects of reads to any host, with principal and certificate",
        build: || {
            Broken::layer(|| Follow {
                hosts: Hosts::Any,
                verbs: Verbs::Reads,
                secrets: SecretsAlong::Kept,
                hops: 9,
            })
        },
    },
    Mutant {
        id: "redirected-writes-sent-again",
        story: "follows redirects of writes on the same host",
        build: || {
            Broken::layer(|| Follow {
                hosts: Hosts::Same,
                verbs: Verbs::All,
                secrets: SecretsAlong::Dropped,
                hops: 9,
            })
        },
    },
    Mutant {
        id: "redirected-writes-leave-the-host",
        story: "follows redirects of writes to any host, without principal and certificate",
        build: || {
            Broken::layer(|| Follow {
                hosts: Hosts::Any,
                verbs: Verbs::All,
                secrets: SecretsAlong::Dropped,
                hops: 9,
            })
        },
    },
    Mutant {
        id: "redirects-without-end",
        story: "follows redirects of reads as long as there are any",
        build: || {
            Broken::layer(|| Follow {
                hosts: Hosts::Same,
                verbs: Verbs::Reads,
                secrets: SecretsAlong::Dropped,
                hops: 40,
            })
        },
    },
    Mutant {
        id: "redirects-below-tls",
        story: "follows redirects to plain HTTP",
        build: || {
            Broken::layer(|| Follow {
                hosts: Hosts::AnyScheme,
                verbs: Verbs::Reads,
                secrets: SecretsAlong::Dropped,
                hops: 9,
            })
        },
    },
    Mutant {
        id: "redirects-remembered",
        story: "goes where a permanent redirect once pointed",
        build: || Broken::layer(Moved::default),
    },
    Mutant {
        id: "redirects-lose-their-status",
        story: "reports a redirect as an error without status",
        build: || Broken::judge(WithoutStatus),
    },
];

struct WithoutStatus;

impl Judge for WithoutStatus {
    fn judge(
        &self,
        operation: &'static Operation,
        answer: Answer,
        extent: Extent,
        limit: usize,
    ) -> Result<Answer, Error> {
        if (300..400).contains(&answer.status) {
            return Err(Error::Closed { operation: operation.name });
        }
        Standard.judge(operation, answer, extent, limit)
    }
}
