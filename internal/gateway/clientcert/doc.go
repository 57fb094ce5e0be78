// Package clientcert says whether a client's certificate may be believed: whether an
// authority that the configuration trusts has issued it, and has not revoked it.
//
//	PeerCertificates ─▶ Trust.Verify ─ chain to a root, at most Depth long
//	                                 ─ valid now, for clients
//	                                 ─ not in the revocation list of its issuer
//	                                 ─ one of its names matches
//
// Asking for the certificate belongs to the listener (package server), and what a
// certificate opens to package policy.
package clientcert
