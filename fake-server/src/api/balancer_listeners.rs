//! What load balancers listen on, and the rules that no schema can say.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use crate::api::networks::Prefix;
use crate::middleware::envelope::Refusal;
use crate::store::placed::{HealthCheck, Listener, Member};

const IDLE_SECONDS: i64 = 60;
const USUAL: HealthCheck = HealthCheck { interval: 10, timeout: 5, healthy: 2, unhealthy: 2 };

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WrittenListener {
    name: String,
    protocol: String,
    port: u16,
    #[serde(default)]
    allowed_cidrs: Option<Vec<String>>,
    #[serde(default)]
    idle_timeout_seconds: Option<i64>,
    pool: Pool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pool {
    #[serde(default, rename = "proxyProtocolV2")]
    proxy_protocol: Option<bool>,
    members: Vec<WrittenMember>,
    #[serde(default)]
    health_check: Option<WrittenCheck>,
}

#[derive(Debug, Deserialize)]
struct WrittenMember {
    address: String,
    port: u16,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenCheck {
    #[serde(default)]
    interval_seconds: Option<i64>,
    #[serde(default)]
    timeout_seconds: Option<i64>,
    #[serde(default)]
    healthy_threshold: Option<i64>,
    #[serde(default)]
    unhealthy_threshold: Option<i64>,
}

/// Listeners as they are kept. All of them are looked at before the first is read.
pub(super) fn read(written: &[WrittenListener]) -> Result<Vec<Listener>, Refusal> {
    let mut names = BTreeSet::new();
    let mut ports = BTreeSet::new();
    for listener in written {
        listener.check()?;
        if !names.insert(&listener.name) {
            return Err(Refusal::unprocessable("listener names must be unique"));
        }
        if !ports.insert((&listener.protocol, listener.port)) {
            return Err(Refusal::unprocessable("listener protocol and port combinations must be unique"));
        }
    }
    written.iter().map(WrittenListener::read).collect()
}

/// Whether what may not change of a listener of the same name has not.
pub(super) fn check_unchanged(current: &[Listener], required: &[Listener]) -> Result<(), Refusal> {
    for listener in required {
        let Some(before) = current.iter().find(|before| before.name == listener.name) else { continue };
        let what = if before.protocol != listener.protocol {
            "protocol"
        } else if before.port != listener.port {
            "port"
        } else if before.proxy_protocol != listener.proxy_protocol {
            "pool proxyProtocolV2"
        } else {
            continue;
        };
        let text = format!("listener {what} cannot be changed for an existing listener name");
        return Err(Refusal::unprocessable(text));
    }
    Ok(())
}

pub(super) fn one(listener: &Listener) -> Value {
    let mut said = Map::new();
    let mut put = |name: &str, value: Value| said.insert(name.to_owned(), value);
    put("name", json!(listener.name));
    put("protocol", json!(listener.protocol));
    put("port", json!(listener.port));
    if !listener.allowed.is_empty() {
        put("allowedCidrs", json!(listener.allowed));
    }
    if let Some(seconds) = listener.idle_seconds {
        put("idleTimeoutSeconds", json!(seconds));
    }
    let mut pool = json!({ "proxyProtocolV2": listener.proxy_protocol, "members": listener.members });
    if let Some(check) = &listener.health_check {
        pool["healthCheck"] = json!({
            "intervalSeconds": check.interval,
            "timeoutSeconds": check.timeout,
            "healthyThreshold": check.healthy,
            "unhealthyThreshold": check.unhealthy,
        });
    }
    put("pool", pool);
    Value::Object(said)
}

impl WrittenListener {
    fn check(&self) -> Result<(), Refusal> {
        let mut members = BTreeSet::new();
        if !self.pool.members.iter().all(|member| members.insert((&member.address, member.port))) {
            return Err(Refusal::unprocessable("pool members must be unique by address and port"));
        }
        if self.protocol != "udp" {
            return Ok(());
        }
        let of_tcp_only = [
            ("idleTimeoutSeconds", self.idle_timeout_seconds.is_some()),
            ("proxyProtocolV2", self.pool.proxy_protocol == Some(true)),
        ];
        match of_tcp_only.into_iter().find(|(_, there)| *there) {
            Some((name, _)) => {
                Err(Refusal::unprocessable(format!("{name} is only supported for TCP listeners")))
            }
            None => Ok(()),
        }
    }

    fn read(&self) -> Result<Listener, Refusal> {
        let allowed = self.allowed_cidrs.iter().flatten().map(|text| {
            let prefix = Prefix::parse(text).map(|prefix| prefix.to_string());
            prefix
                .ok_or_else(|| Refusal::invalid_request("allowedCidrs must contain valid IPv4 CIDR prefixes"))
        });
        let allowed = allowed.collect::<Result<_, _>>()?;
        let members = self.pool.members.iter().map(WrittenMember::read).collect::<Result<_, _>>()?;
        let usual = (self.protocol == "tcp").then_some(IDLE_SECONDS);
        Ok(Listener {
            name: self.name.clone(),
            protocol: self.protocol.clone(),
            port: self.port,
            allowed,
            idle_seconds: self.idle_timeout_seconds.or(usual),
            proxy_protocol: self.pool.proxy_protocol.unwrap_or_default(),
            members,
            health_check: self.pool.health_check.as_ref().map(WrittenCheck::read).transpose()?,
        })
    }
}

impl WrittenMember {
    fn read(&self) -> Result<Member, Refusal> {
        let address = self.address.parse::<Ipv4Addr>().map_err(|_said_to_nobody| {
            Refusal::invalid_request("member address must be a valid IPv4 address")
        })?;
        Ok(Member { address: address.to_string(), port: self.port })
    }
}

impl WrittenCheck {
    fn read(&self) -> Result<HealthCheck, Refusal> {
        let check = HealthCheck {
            interval: self.interval_seconds.unwrap_or(USUAL.interval),
            timeout: self.timeout_seconds.unwrap_or(USUAL.timeout),
            healthy: self.healthy_threshold.unwrap_or(USUAL.healthy),
            unhealthy: self.unhealthy_threshold.unwrap_or(USUAL.unhealthy),
        };
        if check.timeout < check.interval {
            Ok(check)
        } else {
            Err(Refusal::unprocessable("timeoutSeconds must be less than intervalSeconds"))
        }
    }
}
