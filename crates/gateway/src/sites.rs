//! Which site a page or an app belongs to.

use std::sync::Arc;

use crate::config::{Origin, Site};

/// All sites. Replaced whole when the configuration is read again.
#[derive(Debug, Default)]
pub struct Sites(Vec<Arc<Site>>);

impl Sites {
    /// These sites.
    pub fn new(sites: Vec<Site>) -> Self {
        Self(sites.into_iter().map(Arc::new).collect())
    }

    /// The site of this name.
    pub fn named(&self, name: &str) -> Option<&Arc<Site>> {
        self.0.iter().find(|site| site.name == name)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Site>> {
        self.0.iter()
    }

    /// The site of this app.
    pub fn of_app(&self, app: &str) -> Option<&Arc<Site>> {
        self.0.iter().find(|site| site.app.as_deref() == Some(app))
    }

    /// The site that a page of this origin meets: the one that lists it exactly, else the one with
    /// the longest fitting wildcard.
    pub fn of_origin(&self, origin: &Origin) -> Option<&Arc<Site>> {
        self.0
            .iter()
            .filter_map(|site| Some((fit(site, origin)?, site)))
            .max_by_key(|(fit, _)| *fit)
            .map(|(_, site)| site)
    }
}

/// Whether pages of this origin may talk for the site.
pub fn allows(site: &Site, origin: &Origin) -> bool {
    fit(site, origin).is_some()
}

fn fit(site: &Site, origin: &Origin) -> Option<usize> {
    site.origins
        .iter()
        .filter_map(|pattern| pattern.fits(origin))
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::OriginPattern;

    fn site(name: &str, origins: &[&str]) -> Site {
        Site {
            origins: origins
                .iter()
                .map(|origin| OriginPattern::parse(origin).unwrap())
                .collect(),
            ..Site::new(name, "main", "bot")
        }
    }

    #[test]
    fn an_exact_origin_goes_before_a_wildcard_and_a_long_one_before_a_short_one() {
        let sites = Sites::new(vec![
            site("all", &["https://*.example.de"]),
            site("shops", &["https://*.shop.example.de"]),
            site("one", &["https://a.shop.example.de"]),
        ]);
        for (origin, name) in [
            ("https://a.shop.example.de", Some("one")),
            ("https://b.shop.example.de", Some("shops")),
            ("https://x.example.de", Some("all")),
            ("https://example.de", None),
        ] {
            let found = sites.of_origin(&Origin::parse(origin).unwrap());
            assert_eq!(found.map(|site| site.name.as_str()), name, "{origin}");
        }
    }
}
