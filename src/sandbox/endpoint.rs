//! The endpoints.

use http::Method;

/// An endpoint of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Token,
    Exchange,
    Profiles,
    Switch,
    Benefits,
    Bookings,
    Book,
    Cancel,
}

impl Endpoint {
    pub(super) const ALL: [Self; 8] = [
        Self::Token,
        Self::Exchange,
        Self::Profiles,
        Self::Switch,
        Self::Benefits,
        Self::Bookings,
        Self::Book,
        Self::Cancel,
    ];

    /// The endpoint at this path, for any method. The path of a cancellation ends with an id.
    pub(super) fn at_path(path: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|it| path == it.path() || (*it == Self::Cancel && path.starts_with(it.path())))
    }

    /// Its name in a fault.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Exchange => "exchange",
            Self::Profiles => "profiles",
            Self::Switch => "switch",
            Self::Benefits => "benefits",
            Self::Bookings => "bookings",
            Self::Book => "book",
            Self::Cancel => "cancel",
        }
    }

    pub(super) fn method(self) -> Method {
        match self {
            Self::Profiles | Self::Benefits | Self::Bookings => Method::GET,
            Self::Switch => Method::PUT,
            Self::Token | Self::Exchange | Self::Book | Self::Cancel => Method::POST,
        }
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Token => "/api/token",
            Self::Exchange => "/api/sys/users/exchange",
            Self::Profiles => "/api/public/coworkers/profiles",
            Self::Switch => "/api/public/coworkers/profiles/current",
            Self::Benefits => "/api/public/coworkers/profiles/current/benefits",
            Self::Bookings => "/en/bookings/fullCalendarBookings",
            Self::Book => "/en/basket/CreateInvoice",
            Self::Cancel => "/en/bookings/deletejson/",
        }
    }
}
