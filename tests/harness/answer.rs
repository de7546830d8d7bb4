//! What the server answers over HTTP, and what every answer can be asked.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::harness::within;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Sends the request and reads the answer.
    pub(crate) async fn to(request: reqwest::RequestBuilder) -> Self {
        within("an answer", async {
            let response = request.send().await.expect("the server answers");
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = response.bytes().await.expect("the answer arrives whole").to_vec();
            Self { status, headers, body }
        })
        .await
    }

    /// The body, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{} is not JSON", self.text()))
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header that must be there once, as text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.maybe_header(name).unwrap_or_else(|| panic!("there is no {name} in {:?}", self.headers))
    }

    /// A header that may be there, and then once.
    pub(crate) fn maybe_header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next()?.to_str().expect("a header is text");
        assert!(values.next().is_none(), "{name} is there twice");
        Some(first)
    }

    /// What a browser would keep, one cookie after the other.
    pub(crate) fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("a header is text")).collect()
    }

    /// The body of a success.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/json");
        self.json()
    }

    /// A success without a body.
    pub(crate) fn done(&self) {
        assert_eq!((self.status, self.text().as_str()), (204, ""));
    }

    /// A refusal: problem details (RFC 9457) with this status and code, a sentence under `detail`, and nothing else
    /// than what the protocol names.
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["code"], code, "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{problem}");
        let fields = problem.as_object().expect("a problem is an object");
        let known = ["status", "code", "detail", "field", "retry_after"];
        assert!(fields.keys().all(|field| known.contains(&field.as_str())), "{problem}");
        if let Some(seconds) = fields.get("retry_after") {
            assert_eq!(self.header("retry-after"), seconds.to_string());
        }
        if status == 401 {
            assert_eq!(self.header("www-authenticate"), "Bearer");
        }
        problem
    }

    /// A refusal that blames this field.
    pub(crate) fn refused_field(&self, status: u16, code: &str, field: &str) {
        assert_eq!(self.refused(status, code)["field"], field, "{}", self.text());
    }
}

/// Whoever can ask the server over HTTP: a stranger, or someone with a session.
pub(crate) trait Asks {
    /// A request to this address of the server, with whatever shows who asks.
    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder;

    /// Asks for something.
    async fn gets(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    /// Sends a JSON body.
    async fn posts(&self, path: &str, body: Value) -> Answer {
        Answer::to(self.request(Method::POST, path).json(&body)).await
    }

    /// Sends bytes that say they are JSON.
    async fn posts_bytes(&self, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        Answer::to(request.body(body.into())).await
    }

    /// Asks for a deletion.
    async fn deletes_at(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::DELETE, path)).await
    }
}
