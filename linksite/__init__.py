"""The core: settings, tables and verbs that both faces share."""
