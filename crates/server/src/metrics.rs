//! What the server holds, and how much of it there can be: whatever grows with what others do stands here, so that whoever
//! runs it sees what is about to be full.

use chatterbox_core::throttle::KEYS_MAX;
use metrics::{Gauge, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::app::App;
use crate::diagnostics;
use crate::held::Held;
use crate::throttle::KNOWN_MAX;

const METADATA: Metadata<'_> = Metadata::new(module_path!(), Level::INFO, None);

/// How much there is of each thing.
const HELD: &str = "chatterbox_held";
/// How much there can be of it.
const HELD_MAX: &str = "chatterbox_held_max";
/// How many lines of the diagnostics were lost since the start.
const LOG_LINES_LOST: &str = "chatterbox_log_lines_lost_total";

/// Everything that this process holds now, in the text format that Prometheus reads.
pub(crate) async fn render(app: &App) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    recorder.describe_gauge(HELD.into(), None, "How much the server holds of it.".into());
    recorder.describe_gauge(HELD_MAX.into(), None, "How much it can hold of it at the most.".into());
    for held in held(app).await {
        gauge(&recorder, HELD, held.what).set(held.count as f64);
        if let Some(max) = held.max {
            gauge(&recorder, HELD_MAX, held.what).set(max as f64);
        }
    }
    recorder.describe_counter(LOG_LINES_LOST.into(), None, "Lines of the log that nobody read in time.".into());
    recorder.register_counter(&Key::from_static_name(LOG_LINES_LOST), &METADATA).absolute(diagnostics::lines_lost());
    PrometheusHandle::render(&recorder.handle())
}

fn gauge(recorder: &PrometheusRecorder, name: &'static str, what: &'static str) -> Gauge {
    recorder.register_gauge(&Key::from_parts(name, vec![Label::new("what", what)]), &METADATA)
}

async fn held(app: &App) -> Vec<Held> {
    let store = app.store.load();
    let mut all = vec![
        Held::up_to("connections", app.descriptors.connections()),
        Held::up_to("newcomers", app.descriptors.newcomers()),
        Held::up_to("conversations", app.descriptors.http_connections()),
        Held::counted("networks_without_sockets", app.descriptors.networks() as u64),
        Held::up_to("store_changes", (store.waiting, store.waiting_max)),
        Held::up_to("store_queries", (store.reading, store.reading_max)),
    ];
    all.extend(app.passwords.waiting().map(|(what, slots)| Held::up_to(what, slots)));
    all.push(Held::up_to("pictures", app.pictures.waiting()));
    all.extend(app.throttles.keys().map(|(what, keys)| Held::up_to(what, (keys, KEYS_MAX))));
    all.push(Held::up_to("known_accounts", (app.throttles.known(), KNOWN_MAX)));
    all.extend(app.hub.held(app.descriptors.sockets_max()).await);
    all
}
