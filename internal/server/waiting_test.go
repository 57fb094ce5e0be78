package server_test

import (
	"context"
	"testing"
	"time"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
	"gatehouse/internal/testing/pgtest"
)

// The server starts before its database and logs once that it waits.
func TestServerWaitsForItsDatabase(t *testing.T) {
	cluster, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := cluster.Halt(); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(settings.Source{Data: []byte("data_dir: " + t.TempDir() + "\ndatabase: '" + cluster.URL() + "'")})
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	s, err := server.New(context.Background(), server.Options{Config: c, Patience: server.Patience{
		Wait: time.Minute,
		Waiting: func(error) {
			told++
			if err := cluster.Start(); err != nil {
				t.Error(err)
			}
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Ready(t.Context()); err != nil || told != 1 {
		t.Errorf("Ready = %v, told %d times, want a server that is ready, told once", err, told)
	}
}
