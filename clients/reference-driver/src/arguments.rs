//! A call's arguments, taken one by one.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why a call could not be attempted; says nothing about the client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAttempted(pub(crate) String);

/// The arguments that are still to be taken.
#[derive(Debug)]
pub(crate) struct Arguments(BTreeMap<String, Value>);

impl Arguments {
    pub(crate) fn new(arguments: BTreeMap<String, Value>) -> Self {
        Self(arguments)
    }

    /// An argument that must be there, in the client's own type.
    pub(crate) fn take<T: DeserializeOwned + Serialize>(&mut self, name: &str) -> Result<T, NotAttempted> {
        let given = self.0.remove(name);
        let given = given.ok_or_else(|| NotAttempted(format!("there is no argument `{name}`")))?;
        express(name, &given)
    }

    /// An argument that may be left out.
    pub(crate) fn take_or_default<T: DeserializeOwned + Serialize + Default>(
        &mut self,
        name: &str,
    ) -> Result<T, NotAttempted> {
        self.0.remove(name).map_or_else(|| Ok(T::default()), |given| express(name, &given))
    }

    /// Nothing may be left: what is not known would be passed over in silence.
    pub(crate) fn finish(&self) -> Result<(), NotAttempted> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(NotAttempted(format!("the operation has no argument `{name}`"))),
        }
    }
}

/// Reads a value into the client's own type, which must be able to say all of it.
fn express<T: DeserializeOwned + Serialize>(name: &str, given: &Value) -> Result<T, NotAttempted> {
    let refuse = |why: String| NotAttempted(format!("argument `{name}`: {why}"));
    let value = T::deserialize(given).map_err(|error| refuse(error.to_string()))?;
    let said = serde_json::to_value(&value).map_err(|error| refuse(error.to_string()))?;
    if said == *given { Ok(value) } else { Err(refuse(format!("the client's type can only say {said}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumbline_reference::identity::ProjectWrite;
    use serde_json::json;

    fn arguments(body: Value) -> Arguments {
        Arguments::new(BTreeMap::from([("body".to_owned(), body)]))
    }

    #[test]
    fn takes_what_the_client_can_say() {
        let mut arguments = arguments(json!({"spec": {"groupIDs": []}, "metadata": {"name": "a"}}));
        assert_eq!(arguments.take::<ProjectWrite>("body").unwrap().metadata.name, "a");
        assert_eq!(arguments.finish(), Ok(()));
    }

    #[test]
    fn refuses_what_it_would_have_to_leave_out() {
        let body = json!({"metadata": {"name": "a", "color": "red"}, "spec": {"groupIDs": []}});
        let NotAttempted(reason) = arguments(body).take::<ProjectWrite>("body").unwrap_err();
        assert!(reason.starts_with("argument `body`: the client's type can only say"), "{reason}");
        let mut none = Arguments::new(BTreeMap::new());
        assert!(none.take::<String>("network").is_err());
        assert!(arguments(json!(1)).finish().is_err());
    }
}
