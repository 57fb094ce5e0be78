package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// For an unknown path, a browser gets a page with a link and a program gets JSON.
// No caller gets the plain "404 page not found" of net/http.
func TestNotFoundIsNeverPlainText(t *testing.T) {
	s := start(t, load(t, t.TempDir(), secretOne, admins))
	const browser, own, domain, issuer = "text/html,*/*;q=0.8", "https://id.example.com", "https://staff.auth.example.com", "https://id.example.com/us-east-1_Staff0001"
	tests := []struct {
		method, url string
		header      string // Accept, or X-Amz-Target
		status      int
		holds       string
		allow       string
	}{
		{"GET", domain + "/", browser, 404, "Start from your application", ""},
		{"GET", domain + "/nothing", browser, 404, "There is no such page", ""},
		{"GET", domain + "/nothing", "*/*", 404, `{"error":"invalid_request","error_description":"Nothing answers at this address."}`, ""},
		{"GET", domain + "/login/", browser, 404, "There is no such page", ""},
		{"GET", domain + "/oauth2/token", browser, 405, "This address is for programs", "OPTIONS, POST"},
		{"GET", domain + "/oauth2/token", "application/json", 405, `"error_description":"This address does not answer GET requests."`, "OPTIONS, POST"},
		{"PUT", domain + "/login", browser, 405, "This address is for programs", "GET, HEAD, POST"},
		{"POST", domain + "/logout", "", 405, "does not answer POST requests", "GET, HEAD"},
		{"GET", domain + "/Call-555-0100", browser, 404, "There is no such page", ""},
		{"GET", issuer, browser, 404, "There is no such page", ""},
		{"GET", issuer + "/", browser, 404, "There is no such page", ""},
		{"GET", issuer + "/.well-known/nothing", "application/json", 404, `"error":"invalid_request"`, ""},
		{"POST", issuer + "/.well-known/jwks.json", "", 405, `"error":"invalid_request"`, "GET, HEAD"},
		{"GET", own + "/us-east-1_Nowhere01/login", browser, 404, "Nobody signs in here", ""},
		{"GET", own + "/us-east-1_Nowhere01/.well-known/jwks.json", "", 404, `"error":"invalid_request"`, ""},
		{"GET", own + "/", browser, 405, "Start from your application", "OPTIONS, POST"},
		{"POST", own + "/api", "AWSCognitoIdentityProviderService.ListUsers", 404, `{"__type":"UnknownOperationException","message":`, ""},
		{"PUT", own + "/", "AWSCognitoIdentityProviderService.ListUsers", 405, `"__type":"UnknownOperationException"`, "OPTIONS, POST"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(tt.method, tt.url, nil)
		if strings.HasPrefix(tt.header, "AWS") {
			r.Header.Set("X-Amz-Target", tt.header)
		} else if tt.header != "" {
			r.Header.Set("Accept", tt.header)
		}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		body, kind := w.Body.String(), w.Header().Get("Content-Type")
		if w.Code != tt.status || !strings.Contains(body, tt.holds) || w.Header().Get("Allow") != tt.allow || strings.Contains(body, "555-0100") {
			t.Errorf("%s %s: got %d, Allow %q, %.300s; want %d, Allow %q, %q", tt.method, tt.url, w.Code, w.Header().Get("Allow"), body, tt.status, tt.allow, tt.holds)
		}
		if strings.HasPrefix(kind, "text/plain") || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: Content-Type %q, X-Content-Type-Options %q", tt.method, tt.url, kind, w.Header().Get("X-Content-Type-Options"))
		}
	}
}

// A directory whose URL has a path answers only below that path.
func TestDirectoryAnswersOnlyBelowItsPath(t *testing.T) {
	c := load(t, t.TempDir(), secretOne, admins)
	c.Directory.URL.Path = "/directory"
	s := start(t, c)
	for url, status := range map[string]int{
		"https://id.example.com/directory/us-east-1_Staff0001/.well-known/jwks.json": 200,
		"https://id.example.com/us-east-1_Staff0001/.well-known/jwks.json":           404,
		"https://id.example.com/directoryx":                                          404,
		"https://id.example.com/":                                                    404,
	} {
		w := get(s, url, nil)
		if w.Code != status || strings.Contains(w.Body.String(), "404 page not found") {
			t.Errorf("GET %s: got %d %.100s, want %d without plain text", url, w.Code, w.Body, status)
		}
	}
	if w := get(s, "https://id.example.com/directory/", nil); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET of the API's own path: got %d, want 405", w.Code)
	}
}

// A gRPC client reads no page: where nothing answers, it gets a status of gRPC.
func TestWhereNothingAnswersAGRPCClientGetsItsStatus(t *testing.T) {
	s := start(t, load(t, t.TempDir(), secretOne, admins))
	for host, code := range map[string]string{"unknown.example.com": "12", "unknown.example.com:x": "13"} {
		r := httptest.NewRequest("POST", "https://unknown.example.com/app.Service/Do", nil)
		r.Host = host
		r.Header.Set("Content-Type", "application/grpc")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusOK || w.Header().Get("Grpc-Status") != code || w.Header().Get("Grpc-Message") == "" || w.Body.Len() > 0 {
			t.Errorf("Host %s: got %d %v, want the gRPC status %s", host, w.Code, w.Header(), code)
		}
	}
}

// No part reads a Host header that others would read as another host: not the
// directory, not the gateway, not the probes.
func TestAHostThatIsNoneIsRefusedByAllParts(t *testing.T) {
	s := start(t, load(t, t.TempDir(), secretOne, admins))
	for _, host := range []string{"id.example.com", "staff.auth.example.com", "unknown.example.com"} {
		for _, tail := range []string{":443,evil.example", ":0", ":x", ",evil.example", "@evil.example"} {
			r := httptest.NewRequest("GET", "https://id.example.com/healthz", nil)
			r.Host = host + tail
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), "evil") {
				t.Errorf("Host %s: got %d, want 400", r.Host, w.Code)
			}
		}
	}
	r := httptest.NewRequest("GET", "https://id.example.com/healthz", nil)
	r.Host = "" // as health checks of HTTP/1.0 send it
	w := httptest.NewRecorder()
	if s.Handler().ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Errorf("a probe without a host: got %d, want 200", w.Code)
	}
}
