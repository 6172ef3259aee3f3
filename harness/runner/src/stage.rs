//! The world that cases are played in.

use std::sync::{Arc, OnceLock};

use plumbline_fake_server::world::{Certificate, SystemAccount, World};

/// The account that is added, by the role of its certificate.
const OPERATOR: &str = "operator";
/// Its certificate's common name.
const OPERATOR_NAME: &str = "world-operator";
/// The role that it is bound to.
const OPERATOR_ROLE: &str = "platform-administrator";

/// The recorded world with one account more: `operator` may do everything. No recorded account that calls with a
/// certificate may create, change or delete organizations, projects, quotas or networks, so without it no scenario
/// could see such a call succeed.
#[must_use]
pub fn world() -> Arc<World> {
    static SHARED: OnceLock<Arc<World>> = OnceLock::new();
    Arc::clone(SHARED.get_or_init(|| Arc::new(with_operator(World::default()))))
}

fn with_operator(mut world: World) -> World {
    let role =
        world.roles.get(OPERATOR_ROLE).expect("the recorded world has a platform administrator's role");
    let account =
        SystemAccount { role: Some(OPERATOR_ROLE.to_owned()), role_id: role.id.clone(), note: None };
    world.system_accounts.insert(OPERATOR_NAME.to_owned(), account);
    world.certificates.push(Certificate {
        name: OPERATOR.to_owned(),
        common_name: OPERATOR_NAME.to_owned(),
        key: "rsa-2048".to_owned(),
        validity: "valid".to_owned(),
    });
    world
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_is_new_to_the_recorded_world() {
        let recorded = World::default();
        assert!(!recorded.system_accounts.contains_key(OPERATOR_NAME));
        assert!(recorded.certificates.iter().all(|certificate| certificate.name != OPERATOR));
        assert!(world().system_accounts.contains_key(OPERATOR_NAME));
    }
}
