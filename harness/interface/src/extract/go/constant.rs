//! Constants: what a value is, and of which type.

use std::fmt;

use super::syntax::Expression;
use super::types::Type;
use super::universe::{Scope, Universe};

/// The value of a constant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    /// What could not be evaluated, as an expression of what could not be looked up.
    Symbol(String),
}

/// The type of a constant; that of one that has none is its default type's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Typed(Type),
    Untyped(&'static str),
}

/// Sizes of shifts and lengths of texts beyond these are left as they are written.
const SHIFT: i128 = 120;
const TEXT: usize = 1 << 20;

impl Universe<'_> {
    /// Evaluates; `iota` is the place in the group.
    pub(super) fn constant(
        &self,
        scope: Scope<'_>,
        expression: &Expression,
        iota: u32,
    ) -> Option<(Kind, Value)> {
        self.step(|| match expression {
            Expression::Integer(text) => {
                let value = integer(text).map_or_else(|| Value::Symbol(text.clone()), Value::Integer);
                Some((Kind::Untyped("int"), value))
            }
            Expression::Float(text) => {
                let value =
                    text.replace('_', "").parse().map_or_else(|_| Value::Symbol(text.clone()), Value::Float);
                Some((Kind::Untyped("float64"), value))
            }
            Expression::Imaginary(text) => Some((Kind::Untyped("complex128"), Value::Symbol(text.clone()))),
            Expression::Rune(text) => {
                let value =
                    rune(text).map_or_else(|| Value::Symbol(text.clone()), |it| Value::Integer(it.into()));
                Some((Kind::Untyped("int32"), value))
            }
            Expression::Text(text) => Some((Kind::Untyped("string"), Value::Text(unquoted(text)?))),
            Expression::Name(name) => self.named_constant(scope, name, iota),
            Expression::Selector(base, name) => {
                let Expression::Name(qualifier) = &**base else { return None };
                let path = self.import(scope, qualifier)?;
                let foreign = self.declared_constant(&path, name);
                foreign.or_else(|| {
                    Some((Kind::Typed(Type::Unknown("?".into())), Value::Symbol(format!("{path}.{name}"))))
                })
            }
            Expression::Unary(operator, operand) => {
                let (kind, value) = self.constant(scope, operand, iota)?;
                let value = unary(operator, &value, self.mask(&kind))?;
                Some((kind, value))
            }
            Expression::Binary(operator, left, right) => {
                let (left, right) = (self.constant(scope, left, iota)?, self.constant(scope, right, iota)?);
                binary(operator, &left, &right)
            }
            Expression::Call(called, arguments) => self.conversion(scope, called, arguments, iota),
            _ => None,
        })
    }

    fn named_constant(&self, scope: Scope<'_>, name: &str, iota: u32) -> Option<(Kind, Value)> {
        if scope.package.constants.contains_key(name) {
            return self.declared_constant(&scope.package.path, name);
        }
        match name {
            "iota" => Some((Kind::Untyped("int"), Value::Integer(iota.into()))),
            "true" | "false" => Some((Kind::Untyped("bool"), Value::Bool(name == "true"))),
            _ => {
                let mut dots = scope.file.imports.iter().filter(|it| it.name.as_deref() == Some("."));
                dots.find_map(|import| self.declared_constant(&import.path, name))
            }
        }
    }

    /// A constant of a package by its name.
    pub(super) fn declared_constant(&self, path: &str, name: &str) -> Option<(Kind, Value)> {
        let package = self.package(path)?;
        let (file, index) = *package.constants.get(name)?;
        let scope = package.scope(file, &[]);
        let declaration = &scope.file.constants[index];
        let (kind, value) = self.constant(scope, declaration.value.as_deref()?, declaration.iota)?;
        Some(match &declaration.type_ {
            Some(type_) => (Kind::Typed(self.resolve(scope, type_)), value),
            None => (kind, value),
        })
    }

    fn conversion(
        &self,
        scope: Scope<'_>,
        called: &Expression,
        arguments: &[Expression],
        iota: u32,
    ) -> Option<(Kind, Value)> {
        let [argument] = arguments else { return None };
        let (_, value) = self.constant(scope, argument, iota)?;
        if matches!(called, Expression::Name(name) if name == "len") {
            let Value::Text(text) = value else { return None };
            return Some((Kind::Typed(Type::Basic("int")), Value::Integer(i128::try_from(text.len()).ok()?)));
        }
        let type_ = self.as_type(scope, called)?;
        let underlying = self.underlying(&type_);
        let value = match (underlying, value) {
            (Some(Type::Basic("string")), Value::Integer(letter)) => {
                Value::Text(u32::try_from(letter).ok().and_then(char::from_u32)?.to_string())
            }
            (_, value) => value,
        };
        Some((Kind::Typed(type_), value))
    }

    /// All bits of an unsigned type.
    fn mask(&self, kind: &Kind) -> Option<i128> {
        let Kind::Typed(type_) = kind else { return None };
        let bits = match self.underlying(type_)? {
            Type::Basic("uint8") => 8,
            Type::Basic("uint16") => 16,
            Type::Basic("uint32") => 32,
            Type::Basic("uint64" | "uint" | "uintptr") => 64,
            _ => return None,
        };
        Some((1_i128 << bits) - 1)
    }
}

fn unary(operator: &str, value: &Value, mask: Option<i128>) -> Option<Value> {
    Some(match (operator, value) {
        ("+", value) => value.clone(),
        ("-", Value::Integer(it)) => Value::Integer(it.checked_neg()?),
        ("-", Value::Float(it)) => Value::Float(-it),
        ("^", Value::Integer(it)) => Value::Integer(mask.map_or(!it, |mask| !it & mask)),
        ("!", Value::Bool(it)) => Value::Bool(!it),
        (operator, value) => Value::Symbol(format!("{operator}{value}")),
    })
}

fn binary(operator: &str, left: &(Kind, Value), right: &(Kind, Value)) -> Option<(Kind, Value)> {
    let shift = matches!(operator, "<<" | ">>");
    let compares = matches!(operator, "==" | "!=" | "<" | "<=" | ">" | ">=");
    let kind = match (&left.0, &right.0) {
        _ if compares => Kind::Untyped("bool"),
        (Kind::Untyped(one), Kind::Untyped(other)) if !shift => Kind::Untyped(wider(one, other)),
        (Kind::Untyped(_), typed @ Kind::Typed(_)) if !shift => typed.clone(),
        (kind, _) => kind.clone(),
    };
    let symbol = || Value::Symbol(format!("{} {operator} {}", left.1, right.1));
    let value = match (&left.1, &right.1) {
        (Value::Integer(one), Value::Integer(other)) => integers(operator, *one, *other),
        (Value::Float(_) | Value::Integer(_), Value::Float(_) | Value::Integer(_)) => {
            floats(operator, float(&left.1)?, float(&right.1)?)
        }
        (Value::Text(one), Value::Text(other)) => match operator {
            "+" if one.len() + other.len() <= TEXT => Some(Value::Text(format!("{one}{other}"))),
            "==" => Some(Value::Bool(one == other)),
            "!=" => Some(Value::Bool(one != other)),
            _ => None,
        },
        (Value::Bool(one), Value::Bool(other)) => match operator {
            "&&" => Some(Value::Bool(*one && *other)),
            "||" => Some(Value::Bool(*one || *other)),
            "==" => Some(Value::Bool(one == other)),
            "!=" => Some(Value::Bool(one != other)),
            _ => None,
        },
        _ => None,
    };
    Some((kind, value.unwrap_or_else(symbol)))
}

fn integers(operator: &str, one: i128, other: i128) -> Option<Value> {
    let shift = || u32::try_from(other).ok().filter(|_| other <= SHIFT);
    Some(match operator {
        "+" => Value::Integer(one.checked_add(other)?),
        "-" => Value::Integer(one.checked_sub(other)?),
        "*" => Value::Integer(one.checked_mul(other)?),
        "/" => Value::Integer(one.checked_div(other)?),
        "%" => Value::Integer(one.checked_rem(other)?),
        "&" => Value::Integer(one & other),
        "|" => Value::Integer(one | other),
        "^" => Value::Integer(one ^ other),
        "&^" => Value::Integer(one & !other),
        "<<" => Value::Integer(one.checked_mul(1_i128.checked_shl(shift()?)?)?),
        ">>" => Value::Integer(one >> shift()?),
        "==" => Value::Bool(one == other),
        "!=" => Value::Bool(one != other),
        "<" => Value::Bool(one < other),
        "<=" => Value::Bool(one <= other),
        ">" => Value::Bool(one > other),
        ">=" => Value::Bool(one >= other),
        _ => return None,
    })
}

fn floats(operator: &str, one: f64, other: f64) -> Option<Value> {
    Some(match operator {
        "+" => Value::Float(one + other),
        "-" => Value::Float(one - other),
        "*" => Value::Float(one * other),
        "/" if other != 0.0 => Value::Float(one / other),
        _ => return None,
    })
}

#[allow(
    clippy::cast_precision_loss,
    reason = "Go's constants of both kinds meet as floats here, and are only compared"
)]
fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Float(value) => Some(*value),
        Value::Integer(value) => Some(*value as f64),
        _ => None,
    }
}

fn wider(one: &'static str, other: &'static str) -> &'static str {
    let order = ["int", "int32", "float64", "complex128"];
    let place = |kind| order.iter().position(|it| *it == kind);
    if place(other) > place(one) { other } else { one }
}

fn integer(text: &str) -> Option<i128> {
    let text = text.replace('_', "").to_ascii_lowercase();
    let (digits, radix) = match text.get(..2) {
        Some("0x") => (&text[2..], 16),
        Some("0b") => (&text[2..], 2),
        Some("0o") => (&text[2..], 8),
        _ if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        _ => (text.as_str(), 10),
    };
    i128::from_str_radix(digits, radix).ok()
}

fn rune(text: &str) -> Option<u32> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut out = Vec::new();
    unescape(inner, &mut out)?;
    let mut letters = std::str::from_utf8(&out).ok()?.chars();
    let letter = letters.next()?;
    letters.next().is_none().then_some(u32::from(letter))
}

/// What a string literal says; bytes that are no text become replacement characters.
pub(super) fn unquoted(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('`') {
        return Some(raw.strip_suffix('`')?.replace('\r', ""));
    }
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = Vec::with_capacity(inner.len());
    unescape(inner, &mut out)?;
    Some(String::from_utf8_lossy(&out).into_owned())
}

fn unescape(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let escape = rest.chars().next()?;
        let mut letter = |code: u32| {
            char::from_u32(code).map(|it| out.extend_from_slice(it.encode_utf8(&mut [0; 4]).as_bytes()))
        };
        let used = match escape {
            'a' => letter(7).map(|()| 1),
            'b' => letter(8).map(|()| 1),
            'f' => letter(12).map(|()| 1),
            'n' => letter(10).map(|()| 1),
            'r' => letter(13).map(|()| 1),
            't' => letter(9).map(|()| 1),
            'v' => letter(11).map(|()| 1),
            '\\' | '\'' | '"' => letter(escape.into()).map(|()| 1),
            'u' => letter(u32::from_str_radix(rest.get(1..5)?, 16).ok()?).map(|()| 5),
            'U' => letter(u32::from_str_radix(rest.get(1..9)?, 16).ok()?).map(|()| 9),
            'x' => {
                out.push(u8::from_str_radix(rest.get(1..3)?, 16).ok()?);
                Some(3)
            }
            '0'..='7' => {
                out.push(u8::from_str_radix(rest.get(..3)?, 8).ok()?);
                Some(3)
            }
            _ => None,
        }?;
        rest = &rest[used..];
    }
    out.extend_from_slice(rest.as_bytes());
    Some(())
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Integer(value) => write!(formatter, "{value}"),
            Self::Float(value) => write!(formatter, "{value}"),
            Self::Text(value) => write!(formatter, "{value:?}"),
            Self::Symbol(value) => write!(formatter, "({value})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_say_what_go_says() {
        assert_eq!(unquoted(r#""a\n\x41\u00e9\"""#).as_deref(), Some("a\nA\u{e9}\""));
        assert_eq!(unquoted(r"`a\n`").as_deref(), Some(r"a\n"));
        assert_eq!(unquoted(r#""\q""#), None);
        assert_eq!(unquoted(r#""\u00""#), None);
        assert_eq!(rune(r"'\''"), Some(39));
        assert_eq!(rune("'ab'"), None);
        assert_eq!(
            [integer("0x_1F"), integer("017"), integer("0b11"), integer("1_000")],
            [Some(31), Some(15), Some(3), Some(1000)]
        );
    }
}
