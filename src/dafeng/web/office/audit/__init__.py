"""Audit log of the office: every act, each row sealed with the hash of the one before."""
