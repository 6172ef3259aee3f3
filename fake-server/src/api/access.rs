//! Access lists, as services ask for them.

use crate::api::{Answered, Call, Reply};

pub(super) fn read(call: &mut Call<'_>) -> Answered {
    Ok(Reply::json(200, call.acl.json()))
}
