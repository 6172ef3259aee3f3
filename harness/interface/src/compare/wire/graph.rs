//! The facts of schemas as a graph.

use crate::extract::openapi::spot::{Step, parent};
use crate::model::{Fact, Interface};

/// Every place of every schema, by key.
pub(super) struct Graph<'a> {
    nodes: Vec<Node<'a>>,
}

/// A place at which a value can be.
pub(super) struct Node<'a> {
    pub(super) fact: &'a Fact,
    pub(super) properties: Vec<(&'a str, Place)>,
    pub(super) items: Option<Place>,
    pub(super) tuple: Vec<(&'a str, Place)>,
    pub(super) values: Option<Place>,
    pub(super) patterns: Vec<(&'a str, Place)>,
    pub(super) variants: Vec<(&'a str, Place)>,
    /// The place that describes it.
    target: Option<Place>,
}

/// The number of a place in its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u32);

/// A place with all that is said of it, on it and where it is described.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolved<'a> {
    /// Where it was written that there is one: another place, where a schema takes over another's.
    pub(super) home: Place,
    /// What describes it.
    pub(super) node: Place,
    pub(super) required: bool,
    pub(super) nullable: bool,
    pub(super) read_only: bool,
    pub(super) write_only: bool,
    pub(super) deprecated: bool,
    pub(super) default: Option<&'a str>,
}

/// The longest way from a place to its description.
const LONGEST: usize = 64;

impl<'a> Graph<'a> {
    pub(super) fn of(interface: &'a Interface) -> Self {
        let schemas = interface.facts().iter().filter(|fact| fact.kind == "schema");
        let mut graph = Self { nodes: schemas.map(Node::new).collect() };
        for index in 0..graph.nodes.len() {
            let fact = graph.nodes[index].fact;
            let place = Place(u32::try_from(index).expect("there are fewer facts than numbers"));
            graph.nodes[index].target = fact.attribute("ref").and_then(|key| graph.place(key));
            let Some((above, step)) = parent(&fact.key) else { continue };
            let Some(above) = graph.place(above) else { continue };
            let above = &mut graph.nodes[above.0 as usize];
            match step {
                Step::Property(name) => above.properties.push((name, place)),
                Step::Items => above.items = Some(place),
                Step::Item(position) => above.tuple.push((position, place)),
                Step::Values => above.values = Some(place),
                Step::Pattern(pattern) => above.patterns.push((pattern, place)),
                Step::Variant(name) => above.variants.push((name, place)),
            }
        }
        graph
    }

    /// The place of a key.
    pub(super) fn place(&self, key: &str) -> Option<Place> {
        let found = self.nodes.binary_search_by(|node| node.fact.key.as_str().cmp(key)).ok()?;
        u32::try_from(found).ok().map(Place)
    }

    pub(super) fn node(&self, place: Place) -> &Node<'a> {
        &self.nodes[place.0 as usize]
    }

    pub(super) fn fact(&self, place: Place) -> &'a Fact {
        self.node(place).fact
    }

    /// A place with all that is said of it on the way to its description.
    pub(super) fn resolve(&self, edge: Place) -> Resolved<'a> {
        let says = |place: Place, name: &str| self.fact(place).attribute(name) == Some("yes");
        let mut resolved = Resolved {
            home: edge,
            node: edge,
            required: says(edge, "required"),
            nullable: false,
            read_only: false,
            write_only: false,
            deprecated: false,
            default: None,
        };
        for _ in 0..LONGEST {
            let place = resolved.node;
            resolved.nullable |= says(place, "nullable");
            resolved.read_only |= says(place, "read-only");
            resolved.write_only |= says(place, "write-only");
            resolved.deprecated |= says(place, "deprecated");
            resolved.default = resolved.default.or_else(|| self.fact(place).attribute("default"));
            let Some(target) = self.node(place).target else { break };
            resolved.node = target;
            if resolved.home == place && !crate::extract::openapi::spot::is_root(&self.fact(target).key) {
                resolved.home = target;
            }
        }
        resolved
    }
}

impl<'a> Node<'a> {
    fn new(fact: &'a Fact) -> Self {
        Self {
            fact,
            properties: Vec::new(),
            items: None,
            tuple: Vec::new(),
            values: None,
            patterns: Vec::new(),
            variants: Vec::new(),
            target: None,
        }
    }

    /// The place of a property.
    pub(super) fn property(&self, name: &str) -> Option<Place> {
        // Facts are sorted, and so are the names of one schema's properties.
        let found = self.properties.binary_search_by(|(other, _)| (*other).cmp(name)).ok()?;
        Some(self.properties[found].1)
    }

    /// Whether it says what its value is, whatever alternatives there are.
    pub(super) fn is_described(&self) -> bool {
        self.fact.attribute("type").is_some_and(|name| name != "any") && !self.properties.is_empty()
    }

    /// The types of its value; none, where any is allowed.
    pub(super) fn types(&self) -> Option<Vec<&'a str>> {
        match self.fact.attribute("type") {
            None | Some("any") => None,
            Some("none") => Some(Vec::new()),
            Some(types) => Some(types.split('|').collect()),
        }
    }
}
