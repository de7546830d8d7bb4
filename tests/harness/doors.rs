//! The doors of HTTP, as the server's own source declares them: whoever adds one has it walked through by every test of all
//! doors, wherever it is written and however.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprMethodCall, Lit};

/// What a door takes.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// What would lead somewhere else without being a door that can be read here.
const BACK_DOORS: [&str; 4] = ["nest", "nest_service", "route_service", "fallback_service"];

/// A method and a path, which may have names in braces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Door {
    pub(crate) method: String,
    pub(crate) path: String,
}

impl Door {
    /// The path, with this wherever it has a name in braces.
    pub(crate) fn path_of(&self, name: &str) -> String {
        let mut pieces = self.path.split('{');
        let fixed = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(fixed, |path, piece| path + name + piece.split_once('}').expect("a brace is closed").1)
    }
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// All doors.
pub(crate) fn doors() -> BTreeSet<Door> {
    let mut search = DoorSearch::default();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut search);
    assert!(search.0.len() > 16, "where have the doors gone? {:?}", search.0);
    search.0
}

fn read(folder: &Path, search: &mut DoorSearch) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            read(&entry, search);
        } else if entry.extension().is_some_and(|ending| ending == "rs") {
            search.visit_file(&syn::parse_file(&std::fs::read_to_string(&entry).unwrap()).unwrap());
        }
    }
}

#[derive(Default)]
struct DoorSearch(BTreeSet<Door>);

impl<'tree> Visit<'tree> for DoorSearch {
    fn visit_expr_method_call(&mut self, call: &'tree ExprMethodCall) {
        let name = call.method.to_string();
        assert!(!BACK_DOORS.contains(&name.as_str()), "`{name}` opens doors that no test sees");
        if name == "route" {
            let mut arguments = call.args.iter();
            let (Some(Expr::Lit(path)), Some(handlers), None) = (arguments.next(), arguments.next(), arguments.next())
            else {
                panic!("a door has its path, in quotes, and who answers there");
            };
            let Lit::Str(path) = &path.lit else { panic!("a path is a text") };
            let mut methods = Methods::default();
            methods.visit_expr(handlers);
            assert!(!methods.0.is_empty(), "{} takes none of {METHODS:?}", path.value());
            self.0.extend(methods.0.into_iter().map(|method| Door { method, path: path.value() }));
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// The methods that a path takes: `get(…)`, `post(…).layer(…)`, `get(…).post(…)`.
#[derive(Default)]
struct Methods(BTreeSet<String>);

impl Methods {
    fn take(&mut self, name: &str) {
        if METHODS.contains(&name) {
            self.0.insert(name.to_uppercase());
        }
    }
}

impl<'tree> Visit<'tree> for Methods {
    fn visit_expr_call(&mut self, call: &'tree ExprCall) {
        if let Expr::Path(called) = &*call.func
            && let Some(name) = called.path.segments.last()
        {
            self.take(&name.ident.to_string());
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'tree ExprMethodCall) {
        self.take(&call.method.to_string());
        visit::visit_expr_method_call(self, call);
    }
}
