//! Metrics, health, alerts, and a page.
