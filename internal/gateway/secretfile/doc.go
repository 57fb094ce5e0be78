// Package secretfile reads the credentials that routes add to requests from files
// (Pomerium: secrets). A file may change at any time, and no request waits for it:
//
//	file ── Look, every second ──▶ the values in memory ── Values ──▶ headers of a request
//
// While a file cannot be read, or holds what no header can, its last good value stays
// for a grace. After it there is none, and package proxy refuses the requests that need
// one.
package secretfile
