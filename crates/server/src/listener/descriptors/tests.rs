//! Who gets a place, who goes for whom, and that every place is given back.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;

/// 8 newcomers, 16 HTTP connections of which 4 are reserved, 96 sockets.
fn few(is_limited: bool) -> Descriptors {
    Descriptors::with(Shares::of(128), is_limited)
}

fn network(number: u8) -> Option<Network> {
    Some(Network::from(IpAddr::from(Ipv4Addr::new(192, 0, 2, number))))
}

/// A newcomer who says nothing, and how often it was told to go.
fn silent(descriptors: &Descriptors, of: u8) -> (Descriptor, Arc<AtomicUsize>) {
    let descriptor = descriptors.admit(network(of)).unwrap();
    let told = Arc::new(AtomicUsize::new(0));
    let count = told.clone();
    descriptor.waits(move || {
        count.fetch_add(1, Ordering::Relaxed);
    });
    (descriptor, told)
}

/// A connection that speaks HTTP.
fn talks(descriptors: &Descriptors, of: u8, has_reserved: bool) -> Result<Descriptor, Denial> {
    let descriptor = descriptors.admit(network(of))?;
    descriptor.speaks_http(has_reserved, || ())?;
    Ok(descriptor)
}

/// One that is being answered.
fn asks(descriptors: &Descriptors, of: u8, has_reserved: bool) -> Result<(Descriptor, Exchange), Denial> {
    let descriptor = talks(descriptors, of, has_reserved)?;
    let exchange = descriptor.exchange(None)?;
    Ok((descriptor, exchange))
}

#[test]
fn a2_the_silent_of_one_network_go_for_each_other_and_for_nobody_else() {
    let descriptors = few(true);
    let (_other, other_told) = silent(&descriptors, 2);
    let mut flood = Vec::new();
    for _ in 0..5 {
        flood.push(silent(&descriptors, 1));
    }
    assert_eq!(flood[0].1.load(Ordering::Relaxed), 1, "the oldest goes");
    assert!(flood[1..].iter().all(|(_, told)| told.load(Ordering::Relaxed) == 0));
    assert_eq!(other_told.load(Ordering::Relaxed), 0);
    assert_eq!(descriptors.newcomers(), (5, 8));
    assert_eq!(flood[0].0.speaks_http(true, || ()), Err(Denial::SentAway));
    assert_eq!(flood[0].0.settles(), Err(Denial::SentAway));
}

#[test]
fn a2_where_many_networks_are_silent_whoever_was_so_for_longest_goes() {
    let descriptors = few(true);
    let mut flood: Vec<_> = (0..8).map(|of| silent(&descriptors, of)).collect();
    flood.push(silent(&descriptors, 100));
    let told: Vec<_> = flood.iter().map(|(_, told)| told.load(Ordering::Relaxed)).collect();
    assert_eq!(told, [1, 0, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn a2_nobody_is_sent_away_faster_than_they_go() {
    let descriptors = few(false);
    let mut flood: Vec<_> = (0..16).map(|_| silent(&descriptors, 1)).collect();
    assert!(descriptors.must_wait());
    assert_eq!(descriptors.admit(network(2)).unwrap_err(), Denial::NotYet);
    assert_eq!(descriptors.connections().0, 16);
    flood.remove(0);
    assert!(!descriptors.must_wait() && descriptors.admit(network(2)).is_ok());
}

#[test]
fn a2_who_is_being_answered_stays_and_a_network_has_half_of_the_places_at_the_most() {
    let descriptors = few(true);
    let mut busy: Vec<_> = (0..8).map(|_| asks(&descriptors, 1, false).unwrap()).collect();
    assert_eq!(asks(&descriptors, 1, false).unwrap_err(), Denial::Full(Full::Network));
    assert!(asks(&descriptors, 2, false).is_ok());
    let (idle, exchange) = busy.pop().unwrap();
    drop(exchange);
    assert!(asks(&descriptors, 1, false).is_ok(), "an idle one goes");
    assert_eq!(idle.exchange(None).unwrap_err(), Denial::SentAway);
}

#[test]
fn a2_the_last_places_are_for_those_who_have_reserved_them() {
    let descriptors = few(true);
    let _busy: Vec<_> = (0..12).map(|of| asks(&descriptors, of, false).unwrap()).collect();
    assert_eq!(asks(&descriptors, 100, false).unwrap_err(), Denial::Full(Full::Everywhere));
    let _reserved: Vec<_> = (0..4).map(|of| asks(&descriptors, 100 + of, true).unwrap()).collect();
    assert_eq!(asks(&descriptors, 110, true).unwrap_err(), Denial::Full(Full::Everywhere));
    // Who asks for a socket needs no place among them.
    silent(&descriptors, 120).0.settles().unwrap();
}

#[test]
fn a2_sockets_take_no_place_of_others_and_others_none_of_theirs() {
    let descriptors = few(true);
    let mut sockets = Vec::new();
    for of in 0..96 {
        let (descriptor, _) = silent(&descriptors, of);
        descriptor.settles().unwrap();
        sockets.push(descriptor);
    }
    let (late, _) = silent(&descriptors, 100);
    assert_eq!(late.settles(), Err(Denial::Full(Full::Everywhere)));
    late.speaks_http(false, || ()).unwrap();
    drop(sockets.pop());
    late.settles().unwrap();
}

#[test]
fn a2_a_proxy_is_no_network_but_those_behind_it_are() {
    let descriptors = few(true);
    let proxied = || {
        let descriptor = descriptors.admit(None).unwrap();
        descriptor.speaks_http(false, || ()).unwrap();
        descriptor
    };
    let connections: Vec<_> = (0..10).map(|_| proxied()).collect();
    let mut under_way: Vec<_> = connections[..8].iter().map(|c| c.exchange(network(1)).unwrap()).collect();
    assert_eq!(connections[8].exchange(network(1)).unwrap_err(), Denial::Full(Full::Network));
    drop(connections[9].exchange(network(2)).unwrap());
    under_way.pop();
    assert!(connections[8].exchange(network(1)).is_ok());
}

#[test]
fn without_limits_one_network_may_have_everything_that_there_is() {
    let descriptors = few(false);
    let _busy: Vec<_> = (0..12).map(|_| asks(&descriptors, 1, false).unwrap()).collect();
    assert_eq!(asks(&descriptors, 1, false).unwrap_err(), Denial::Full(Full::Everywhere));
}

proptest! {
    #[test]
    fn every_place_is_given_back(steps in proptest::collection::vec((0u8..6, 0u8..3, 0usize..12), 1..200)) {
        let descriptors = few(true);
        let mut held: Vec<Descriptor> = Vec::new();
        let mut under_way = Vec::new();
        for (step, of, which) in steps {
            let chosen = held.get(which).cloned();
            match (step, chosen) {
                (0, _) => held.extend(descriptors.admit(if of == 0 { None } else { network(of) })),
                (1, Some(one)) => one.waits(|| ()),
                (2, Some(one)) => drop(one.speaks_http(of == 0, || ())),
                (3, Some(one)) => under_way.extend(one.exchange(if of == 0 { None } else { network(of) })),
                (4, Some(one)) => drop(one.settles()),
                (5, Some(_)) => drop(held.swap_remove(which)),
                _ => drop(under_way.pop()),
            }
            let (taken, max) = descriptors.connections();
            prop_assert!(taken <= max);
        }
        drop((held, under_way));
        prop_assert_eq!(descriptors.connections().0, 0);
        prop_assert_eq!((descriptors.newcomers().0, descriptors.http_connections().0, descriptors.networks()), (0, 0, 0));
    }
}
