//! The one place of this crate that reads time: which day it is, for those who do not say.

use jiff::Zoned;
use jiff::civil::Date;

/// The day it is here.
pub(crate) fn today() -> Date {
    Zoned::now().date()
}
