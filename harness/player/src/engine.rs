//! The decision engine as a target: the layer behind the ingress.

use std::sync::Arc;

use plumbline_fake_server::engine::{Engine, Options};
use plumbline_fake_server::exchange::{self, Incoming};
use plumbline_fake_server::store::{Kind, Refusal, StoreFault, Verb};
use plumbline_fake_server::world::World;
use plumbline_vectors::message::{Hop, Message};
use plumbline_vectors::vector::{self, Fault};
use plumbline_vectors::{Answer, Response, Seen, TargetError, Turn};

use crate::projection;

/// One engine in the course of a vector.
pub(crate) struct EngineWorld(Engine);

impl EngineWorld {
    pub(crate) fn fresh(world: &Arc<World>, options: Options) -> Self {
        Self(Engine::new(Arc::clone(world), options))
    }
}

impl plumbline_vectors::World for EngineWorld {
    fn hop(&self) -> Hop {
        Hop::Service
    }

    fn ask(&mut self, turn: &Turn<'_>) -> Result<Seen, TargetError> {
        if let Some(fault) = turn.fault {
            self.0.refuse(store_fault(fault)?);
        }
        let decision = self.0.decide(&incoming(turn.service, turn.message));
        self.0.forgive();
        let answer = match decision.answer {
            exchange::Answer::Response(response) => Answer::Response(Response {
                status: response.status,
                headers: response.headers,
                body: response.body,
            }),
            exchange::Answer::Abort(_) => Answer::Aborted,
        };
        Ok(Seen { answer, state: Some(projection::state(&decision.changes)?) })
    }
}

/// A message as the service behind the ingress gets it.
#[must_use]
pub fn incoming(service: vector::Service, message: &Message) -> Incoming {
    let headers = message.headers.iter();
    Incoming {
        service: match service {
            vector::Service::Identity => exchange::Service::Identity,
            vector::Service::Region => exchange::Service::Region,
        },
        method: message.method.clone(),
        target: message.target.clone(),
        // RFC 9110 §5.5: blanks around a value are none of it, so whoever reads the request takes them off.
        headers: headers
            .map(|(name, value)| (name.clone(), value.trim_matches([' ', '\t']).to_owned().into()))
            .collect(),
        body: message.body.clone(),
    }
}

/// A recorded refusal in the fake's own terms.
pub(crate) fn store_fault(fault: &Fault) -> Result<StoreFault, TargetError> {
    let unknown =
        |what: &str, name: &str| TargetError::from(format!("the fake's store has no {what} `{name}`"));
    Ok(StoreFault {
        verb: match fault.verb.as_str() {
            "get" => Verb::Get,
            "list" => Verb::List,
            "create" => Verb::Create,
            "update" => Verb::Update,
            "patch" => Verb::Patch,
            "delete" => Verb::Delete,
            other => return Err(unknown("verb", other)),
        },
        kind: match fault.kind.as_str() {
            "Organization" => Kind::Organization,
            "Project" => Kind::Project,
            "Allocation" => Kind::Allocation,
            "Quota" => Kind::Quota,
            "Group" => Kind::Group,
            "Role" => Kind::Role,
            "User" => Kind::User,
            "OrganizationUser" => Kind::OrganizationUser,
            "ServiceAccount" => Kind::ServiceAccount,
            "OAuth2Provider" => Kind::Provider,
            "SigningKey" => Kind::SigningKey,
            "Network" => Kind::Network,
            "Identity" => Kind::CloudIdentity,
            "Region" => Kind::Region,
            "SecurityGroup" => Kind::SecurityGroup,
            "Server" => Kind::Server,
            "LoadBalancer" => Kind::LoadBalancer,
            "FileStorage" => Kind::FileStorage,
            "FileStorageClass" => Kind::FileStorageClass,
            "SSHCertificateAuthority" => Kind::SshCertificateAuthority,
            other => return Err(unknown("kind", other)),
        },
        nth: fault.nth,
        error: match fault.error {
            vector::Refusal::Conflict => Refusal::Conflict,
            vector::Refusal::Internal => Refusal::Internal,
            vector::Refusal::NotFound => Refusal::NotFound,
            vector::Refusal::Exists => Refusal::Exists,
        },
    })
}
