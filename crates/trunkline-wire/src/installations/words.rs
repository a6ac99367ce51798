//! The closed vocabularies of a manifest. Source: spec 02 §1.1, §1.3.

/// A word of a closed vocabulary.
pub(super) trait Word: Copy + PartialEq + 'static {
    /// Every word, in the order of the specification.
    const ALL: &'static [(&'static str, Self)];

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, word)| *word)
    }

    /// `must be one of a, b, c`.
    fn rule() -> String {
        let names: Vec<_> = Self::ALL.iter().map(|(name, _)| *name).collect();
        format!("must be one of {}", names.join(", "))
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $(#[doc = concat!("`", $text, "`")] $variant,)+ }

        impl $name {
            /// The word as the wire spells it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl $crate::installations::words::Word for $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($text, Self::$variant),)+];
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}
pub(super) use words;

words! {
    /// How an app obtains tokens; a connector needs `client_credentials`.
    GrantType {
        ClientCredentials = "client_credentials",
        AuthorizationCode = "authorization_code",
        RefreshToken = "refresh_token",
    }
}

words! {
    /// What an authorisation endpoint may answer with; connectors do not use it.
    ResponseType {
        Code = "code",
        Token = "token",
        IdToken = "id_token",
        IdTokenToken = "id_token token",
    }
}

words! {
    /// Where an engagement begins.
    EntryPoint {
        Section = "section",
        Url = "url",
    }
}

words! {
    /// What a visitor did before an engagement. `cart_items` is missing in the guide's table but in every example.
    VisitorBehavior {
        VisitedLocation = "visited_location",
        TimeOnLocation = "time_on_location",
        Flow = "flow",
        EngagedInSession = "engaged_in_session",
        AboutToAbandon = "about_to_abandon",
        CartValue = "cart_value",
        CartItems = "cart_items",
        VisitorError = "visitor_error",
        ViewedProducts = "viewed_products",
        ServiceActivity = "service_activity",
    }
}

words! {
    /// Whom an engagement addresses.
    TargetAudience {
        ExternalReferral = "external_referral",
        SearchKeywords = "search_keywords",
        Ip = "ip",
        Platform = "platform",
        GeoLocation = "geo_location",
        ReturningVisitors = "returning_visitors",
        MarketingSource = "marketing_source",
        CustomerType = "customer_type",
        Age = "age",
        Balance = "balance",
        CustomerId = "customer_id",
        Gender = "gender",
        StoreZipCode = "store_zip_code",
        StoreNumber = "store_number",
        CompanySize = "company_size",
        RegistrationDate = "registration_date",
    }
}

words! {
    /// What an engagement is for.
    Goal {
        Url = "url",
        PurchaseTotal = "purchase_total",
        NumOfPages = "num_of_pages",
        Lead = "lead",
        ServiceActivity = "service_activity",
    }
}

words! {
    /// Whether consumers are known by name; connectors use `auth`.
    ConsumerIdentity {
        Auth = "auth",
        Unauth = "unauth",
    }
}
