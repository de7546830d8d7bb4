//! Files that import one another in a loop: none of them can be understood, moved or tested without all the others. A file
//! and those below it, in the folder of its name, are one room here: they may speak of each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

use crate::root;
use crate::sources::{gather, is_test};

/// The crates without a loop. In the store, what is asked of it and its SQL import one another.
const UNTIED: [&str; 6] = ["protocol", "core", "client", "load", "store", "server"];

/// A module by the names that lead to it from the root of its crate.
type Module = Vec<String>;

/// A crate's modules that have a file.
struct Crate(BTreeMap<Module, Source>);

#[derive(Default)]
struct Source {
    /// What the file speaks of, as paths from the root of the crate.
    spoken_of: BTreeSet<Module>,
    /// What it hands on under another path, by its name there.
    handed_on: BTreeMap<String, Module>,
}

impl Crate {
    fn read(sources: &Path) -> Self {
        let mut files = Vec::new();
        gather(sources, &mut files);
        files.retain(|file| file.file_stem().unwrap() != "main");
        let of = |file: &PathBuf| {
            let inside = file.strip_prefix(sources).unwrap().with_extension("");
            let names = inside.iter().map(|name| name.to_str().unwrap().to_owned());
            let module: Module = names.filter(|name| name != "lib").collect();
            let tree = syn::parse_file(&std::fs::read_to_string(file).unwrap()).unwrap();
            let mut reading = Reading { module: module.clone(), source: Source::default() };
            reading.visit_file(&tree);
            (module, reading.source)
        };
        Self(files.iter().map(of).collect())
    }

    /// The file in which what this path names is written.
    fn file_of(&self, path: &[String]) -> &Module {
        let mut end = path.len();
        while !self.0.contains_key(&path[..end]) {
            end -= 1;
        }
        let (module, source) = self.0.get_key_value(&path[..end]).unwrap();
        match path.get(end).and_then(|name| source.handed_on.get(name)) {
            Some(elsewhere) if elsewhere != path => self.file_of(elsewhere),
            _ => module,
        }
    }

    /// For each file, those that it imports and that are no part of it, nor it of them.
    fn edges(&self) -> BTreeMap<&Module, BTreeSet<&Module>> {
        let of = |(module, source): (&Module, &Source)| {
            let known = source.spoken_of.iter().map(|path| self.file_of(path));
            let apart = |other: &&Module| !other.starts_with(module) && !module.starts_with(other);
            (self.0.get_key_value(module).unwrap().0, known.filter(apart).collect())
        };
        self.0.iter().map(of).collect()
    }
}

/// Reads what a file speaks of.
struct Reading {
    module: Module,
    source: Source,
}

impl Reading {
    /// The path from the root of the crate; none for what is in another crate.
    fn rooted(&self, path: &[String]) -> Option<Module> {
        let mut base = self.module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => {
                base.clear();
                rest = &path[1..];
            }
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            _ => return None,
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    fn take(&mut self, tree: &UseTree, before: &mut Module, is_handed_on: bool) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.take(&path.tree, before, is_handed_on);
                before.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.take(tree, before, is_handed_on)),
            UseTree::Name(name) => self.name(before, &name.ident.to_string(), &name.ident.to_string(), is_handed_on),
            UseTree::Rename(name) => self.name(before, &name.ident.to_string(), &name.rename.to_string(), is_handed_on),
            _ => self.name(before, "*", "*", is_handed_on),
        }
    }

    fn name(&mut self, before: &[String], name: &str, called: &str, is_handed_on: bool) {
        let mut path = before.to_vec();
        if name != "self" {
            path.push(name.to_owned());
        }
        // The first word may be a module of this file's own.
        let mut own = self.module.clone();
        own.extend_from_slice(&path);
        let path = self.rooted(&path).unwrap_or(own);
        if is_handed_on {
            self.source.handed_on.insert(called.to_owned(), path);
        } else {
            self.source.spoken_of.insert(path);
        }
    }
}

impl<'tree> Visit<'tree> for Reading {
    fn visit_item(&mut self, item: &'tree Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            _ => &[],
        };
        if is_test(attributes) {
            return;
        }
        if let Item::Use(item) = item {
            let is_handed_on = !matches!(item.vis, Visibility::Inherited);
            self.take(&item.tree, &mut Vec::new(), is_handed_on);
        }
        visit::visit_item(self, item);
    }

    fn visit_path(&mut self, path: &'tree syn::Path) {
        let names: Module = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let Some(path) = self.rooted(&names).filter(|_| names.len() > 1) {
            self.source.spoken_of.insert(path);
        }
        visit::visit_path(self, path);
    }
}

/// Takes away, again and again, whoever imports nobody that is left, and whoever nobody imports that is left.
fn looped<'a>(mut edges: BTreeMap<&'a Module, BTreeSet<&'a Module>>) -> BTreeMap<&'a Module, BTreeSet<&'a Module>> {
    loop {
        let left: BTreeSet<&Module> = edges.keys().copied().collect();
        edges.values_mut().for_each(|known| known.retain(|module| left.contains(module)));
        let imported: BTreeSet<&Module> = edges.values().flatten().copied().collect();
        edges.retain(|module, known| !known.is_empty() && imported.contains(module));
        if edges.len() == left.len() {
            return edges;
        }
    }
}

#[test]
fn no_files_import_one_another_in_a_loop() {
    for name in UNTIED {
        let of_crate = Crate::read(&root().join(format!("crates/{name}/src")));
        let edges = of_crate.edges();
        assert!(edges.len() > 5 && edges.values().any(|known| !known.is_empty()), "{name} was not read");
        let looped = looped(edges);
        let loops = looped.iter().map(|(module, known)| {
            let known: Vec<String> = known.iter().map(|other| other.join("::")).collect();
            format!("{} → {}", module.join("::"), known.join(", "))
        });
        assert!(looped.is_empty(), "{name}:\n{}", loops.collect::<Vec<_>>().join("\n"));
    }
}
