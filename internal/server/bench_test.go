package server_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

// BenchmarkStart reads a configuration and builds the system of it, with an empty
// database in memory. B/route is the live memory that the routes have taken, with the
// configuration that they were read from.
func BenchmarkStart(b *testing.B) {
	for _, routes := range []int{1, 1000} {
		b.Run(fmt.Sprintf("routes=%d", routes), func(b *testing.B) {
			dir := b.TempDir()
			text := manyRoutes(dir, routes)
			b.ReportAllocs()
			for b.Loop() {
				newOf(b, text).Close()
			}
			b.StopTimer()
			few := liveMemory(b, manyRoutes(dir, 1))
			b.ReportMetric(float64(liveMemory(b, manyRoutes(dir, routes+1))-few)/float64(routes), "B/route")
		})
	}
}

// manyRoutes is a file with routes in the style of most: a host each, an upstream, and
// a rule on groups. The keys of the system are in dir.
func manyRoutes(dir string, n int) []byte {
	secret := base64.StdEncoding.EncodeToString(make([]byte, 32))
	var text strings.Builder
	text.WriteString("data_dir: " + dir + "\ndatabase: \"sqlite::memory:\"\nauthenticate_service_url: https://authenticate.example.com\n" +
		"shared_secret: " + secret + "\ncookie_secret: " + secret + "\n" +
		"idp_provider: oidc\nidp_provider_url: https://idp.example.com\nidp_client_id: gateway\nidp_client_secret: secret\nroutes:\n")
	for i := range n {
		fmt.Fprintf(&text, "  - from: https://app%d.example.com\n    to: http://10.0.%d.%d:8080\n    allowed_idp_claims: {groups: [admins, team%d]}\n", i, i/250, i%250+1, i)
	}
	return []byte(text.String())
}

func newOf(b *testing.B, text []byte) *server.Server {
	b.Helper()
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: text})
	if err != nil {
		b.Fatal(err)
	}
	s, err := server.New(context.Background(), server.Options{Config: c})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func liveMemory(b *testing.B, text []byte) int64 {
	b.Helper()
	s := newOf(b, text)
	defer s.Close()
	var m runtime.MemStats
	for range 3 { // what pools keep is gone only after the second one
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
