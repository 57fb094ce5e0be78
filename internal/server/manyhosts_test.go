package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/server"
)

// Programs in containers, and old scripts, know the API under other names than
// localhost. A name that nobody gave is refused: a web page can bind such a name
// to this machine.
func TestTheAPIAnswersAtEachOfItsHosts(t *testing.T) {
	c, dev, err := server.NewDev(server.DevConfig{
		Listen: "127.0.0.1:9229", DataDir: t.TempDir(), AppURL: "http://127.0.0.1:1", Hosts: []string{"host.docker.internal", "Gate_house", "127.0.0.1", "localhost"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(context.Background(), server.Options{Config: c, Dev: dev})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for _, host := range []string{"localhost:9229", "127.0.0.1:9229", "[::1]:9229", "127.0.0.1", "host.docker.internal:9229", "HOST.docker.internal", "gate_house:8000"} {
		if w := send(s, here, "POST", "http://"+host+"/", `{"MaxResults":1}`, signedByAnyKey("ListUserPools")...); w.Code != 200 {
			t.Errorf("ListUserPools at %s: %d %.300s, want 200", host, w.Code, w.Body)
		}
		w := send(s, here, "GET", "http://"+host+"/us-east-1_Dev000001/.well-known/openid-configuration", "")
		if want := `"issuer":"http://localhost:9229/us-east-1_Dev000001"`; w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("discovery at %s: %d %.300s, want %s", host, w.Code, w.Body, want)
		}
	}
	for _, host := range []string{"evil.example:9229", "192.0.2.1:9229", "host.docker.internal.evil.example:9229", "docker.internal"} {
		w := send(s, here, "POST", "http://"+host+"/", `{"MaxResults":1}`, signedByAnyKey("ListUserPools")...)
		wantAPIError(t, host, w.Code, w.Header(), w.Body.Bytes(), http.StatusMisdirectedRequest)
		if w := send(s, here, "GET", "http://"+host+"/console/outbox", ""); w.Code != http.StatusMisdirectedRequest {
			t.Errorf("the outbox at %s: %d, want 421", host, w.Code)
		}
	}
}

// wantAPIError checks that an answer is an error that the SDKs can read, which says
// what to do.
func wantAPIError(t *testing.T, what string, status int, header http.Header, body []byte, want int) {
	t.Helper()
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(body, &e); err != nil || status != want || e.Type != "InvalidEndpointException" || !strings.Contains(e.Message, "--host") {
		t.Errorf("%s: %d %.300s (%v), want %d and an InvalidEndpointException that names --host", what, status, body, err, want)
	}
	if header.Get("x-amzn-ErrorType") == "" || header.Get("x-amzn-RequestId") == "" {
		t.Errorf("%s: headers %v, want the error's type and the request's id", what, header)
	}
}

func TestHostsOfTheFile(t *testing.T) {
	c := load(t, t.TempDir(), secretOne, admins)
	c.Directory.Hosts = []string{"127.0.0.1", "id.internal"}
	s := start(t, c)
	for host, want := range map[string]int{"id.example.com": 200, "id.internal": 200, "127.0.0.1": 200, "localhost": 421, "id.example.org": 421} {
		if w := send(s, there, "GET", "https://"+host+"/us-east-1_Staff0001/.well-known/jwks.json", ""); w.Code != want {
			t.Errorf("GET %s: %d, want %d", host, w.Code, want)
		}
	}
}
