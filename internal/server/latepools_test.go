package server

import (
	"context"
	"errors"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/transfer"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// A pool of the file that was being imported, or whose rows were being removed, kept
// the whole process from starting.
func TestADeclaredPoolThatIsNotFreeYetHoldsNothingUp(t *testing.T) {
	const pool = "{id: us-east-1_Busy00001, name: busy}"
	text := "insecure_server: true\ndata_dir: " + t.TempDir() + "\nmaster_key: '" + enginetest.NewMasterKey() + "'\ndirectory: {url: 'https://id.example.com', pools: ["
	begin := func(pools string) *Server {
		t.Helper()
		c, err := config.Load(settings.Source{Path: "c.yaml", Data: []byte(text + pools + "]}\n")})
		if err != nil {
			t.Fatal(err)
		}
		s, err := New(context.Background(), Options{Config: c})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s
	}
	first := begin(pool)
	var row transfer.Row
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(first.store.ReadPool(t.Context(), "us-east-1_Busy00001", func(r transfer.Row) error {
		if row.Kind == nil {
			row = r
		}
		return nil
	}))
	at := transfer.Place{Pool: "us-east-1_Busy00001", Export: "an export"}
	must(first.directory.pools.DeletePool(t.Context(), at.Pool))
	must(first.store.Remove(t.Context()))
	_, err := first.store.BeginImport(t.Context(), row, at)
	must(err)
	first.Close()
	s := begin(pool + ", {id: us-east-1_Free00001, name: free}")
	has := func(id userpool.PoolID) error {
		_, err := s.directory.pools.Pool(t.Context(), id)
		return err
	}
	if busy, free := has("us-east-1_Busy00001"), has("us-east-1_Free00001"); !errors.Is(busy, userpool.ErrPoolNotFound) || free != nil {
		t.Errorf("after the start: the imported pool: %v, the other one: %v; want only the other one", busy, free)
	}
	s.declareLate(t.Context())
	if busy := has("us-east-1_Busy00001"); !errors.Is(busy, userpool.ErrPoolNotFound) {
		t.Errorf("while it is imported: %v", busy)
	}
	must(s.store.FinishImport(t.Context(), at))
	s.declareLate(t.Context())
	if p, err := s.directory.pools.Pool(t.Context(), at.Pool); err != nil || !p.Settings.AdminCreateOnly || s.directory.late != nil {
		t.Errorf("after the import: %+v, %v; want what the file says, and that nothing waits", p, err)
	}
}
