//! Whatever runs beside whoever began it hangs on one handle: so it is waited for at the stop, and missed if it dies.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprMethodCall, ItemMod};

use crate::sources::{is_test, sources};

/// The handles: `tasks.spawn…` and `threads.spawn…` are how everybody else begins something.
const HANDLES: [&str; 2] = ["tasks", "threads"];

/// Files that begin something by themselves, how often, and why they may.
const MAY: [(&str, usize, &str); 7] = [
    ("server/src/tasks.rs", 4, "it is the handle"),
    ("server/src/console.rs", 1, "it waits for a terminal, which may never read: nobody could wait for it"),
    ("client/src/client.rs", 1, "it ends with the program's last handle, and the updates end behind it"),
    ("load/src/process.rs", 1, "a process, which is killed with its handle"),
    ("store/src/sqlite.rs", 1, "it waits for the writer at the end of the store"),
    ("store/src/sqlite/reader.rs", 1, "whoever asks waits for it, and so does the end of the store"),
    ("store/src/threads.rs", 1, "it is the store's handle, which the server watches"),
];

#[derive(Default)]
struct Spawns(usize);

impl<'tree> Visit<'tree> for Spawns {
    fn visit_item_mod(&mut self, item: &'tree ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_expr_call(&mut self, call: &'tree ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let name = path.path.segments.last().unwrap().ident.to_string();
            self.0 += usize::from(name.starts_with("spawn"));
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'tree ExprMethodCall) {
        let receiver = match &*call.receiver {
            Expr::Field(field) => match &field.member {
                syn::Member::Named(name) => name.to_string(),
                syn::Member::Unnamed(_) => String::new(),
            },
            Expr::Path(path) => path.path.segments.last().unwrap().ident.to_string(),
            _ => String::new(),
        };
        self.0 += usize::from(call.method.to_string().starts_with("spawn") && !HANDLES.contains(&receiver.as_str()));
        visit::visit_expr_method_call(self, call);
    }
}

#[test]
fn nothing_runs_that_hangs_on_no_handle() {
    let mut found = BTreeMap::new();
    for (path, tree) in sources() {
        let mut spawns = Spawns::default();
        spawns.visit_file(&tree);
        if spawns.0 > 0 {
            found.insert(path, spawns.0);
        }
    }
    let may: BTreeMap<String, usize> = MAY.iter().map(|(path, count, _)| ((*path).to_owned(), *count)).collect();
    assert_eq!(found, may, "left: what begins something by itself; right: what may");
}
