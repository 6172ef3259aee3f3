//! An operation that a deployment lacks.

use crate::vector::Service;

/// One operation of a service: a verb on a path with `{parameters}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Route {
    /// The service.
    pub(super) service: Service,
    /// The verb, in capitals.
    pub(super) method: String,
    /// The path as OpenAPI documents write it.
    pub(super) template: String,
}

impl Route {
    /// Whether a request's path, not unescaped, is of this one's form.
    pub(super) fn has_path(&self, path: &str) -> bool {
        let (mut ours, mut theirs) = (self.template.split('/'), path.split('/'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(part), Some(segment)) if part.starts_with('{') && !segment.is_empty() => {}
                (Some(part), Some(segment)) if part == segment => {}
                _ => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_one_segment() {
        let route = Route {
            service: Service::Identity,
            method: "GET".to_owned(),
            template: "/api/v1/things/{id}".to_owned(),
        };
        assert!(route.has_path("/api/v1/things/a%2Fb"));
        for path in ["/api/v1/things", "/api/v1/things/", "/api/v1/things/a/b", "/api/v1/others/a"] {
            assert!(!route.has_path(path), "{path}");
        }
    }
}
