package server_test

import "testing"

// The spelling that the file asks for reaches the answers of the gateway.
func TestHeaderNamesOfTheFile(t *testing.T) {
	s := start(t, load(t, t.TempDir(), secretOne, "allow_public_unauthenticated_access: true\nhttp1_header_names: [X-REQUEST-ID]"))
	h := map[string][]string(send(s, here, "GET", "https://app.example.com/", "").Header())
	if len(h["X-REQUEST-ID"]) != 1 || h["X-Request-Id"] != nil {
		t.Errorf("got %v, want X-REQUEST-ID in this spelling", h)
	}
}
