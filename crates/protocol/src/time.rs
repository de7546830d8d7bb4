//! Moments, as the wire writes them: RFC 3339 in UTC with milliseconds.

use jiff::fmt::temporal::DateTimePrinter;
use jiff::fmt::{StdFmtWrite, Write};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use ts_rs::TS;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z. Travels as text: `2026-11-23T15:04:05.123Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, TS)]
#[ts(type = "string")]
pub struct Timestamp(pub i64);

const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.print(StdFmtWrite(f)).map_err(|_| std::fmt::Error)
    }
}

impl Timestamp {
    /// Appends it as it travels.
    pub(crate) fn print(self, to: impl Write) -> Result<(), jiff::Error> {
        // A number outside of jiff's years −9999 to 9999 can only come from a damaged file; it shows as the epoch.
        let moment = jiff::Timestamp::from_millisecond(self.0).unwrap_or_default();
        PRINTER.print_timestamp(&moment, to)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let moment: jiff::Timestamp = text.parse().map_err(de::Error::custom)?;
        Ok(Timestamp(moment.as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn travels_as_rfc_3339_in_utc_with_milliseconds() {
        let json = serde_json::to_string(&Timestamp(1_795_446_245_007)).unwrap();
        assert_eq!(json, r#""2026-11-23T15:04:05.007Z""#);
        assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), Timestamp(1_795_446_245_007));
    }
}
