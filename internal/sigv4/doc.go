// Package sigv4 verifies requests that are signed with AWS Signature
// Version 4 in their Authorization header.
package sigv4
