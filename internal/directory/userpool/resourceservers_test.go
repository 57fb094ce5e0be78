package userpool_test

import (
	"errors"
	"fmt"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestAResourceServerThatExistsAlready(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	create := func() error {
		_, err := d.Pools.CreateResourceServer(t.Context(), userpool.ResourceServer{Pool: d.Pool.ID, Identifier: "api", Name: "api"})
		return err
	}
	if err := create(); err != nil {
		t.Fatal(err)
	}
	if err := create(); !errors.Is(err, userpool.ErrResourceServerExists) || fault.As(err).Message != "api already exists in user pool us-east-1_Test00001." {
		t.Errorf("again: %v", err)
	}
}

func TestReplaceResourceServer(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	if _, err := d.Pools.CreateResourceServer(t.Context(), userpool.ResourceServer{Pool: d.Pool.ID, Identifier: "api", Name: "old", Scopes: []userpool.Scope{{Name: "read"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Pools.ReplaceResourceServer(t.Context(), d.Pool.ID, "api", "new", []userpool.Scope{{Name: "write"}}); err != nil {
		t.Fatal(err)
	}
	got, err := d.Pools.ResourceServer(t.Context(), d.Pool.ID, "api")
	if err != nil || got.Name != "new" || len(got.Scopes) != 1 || got.FullScope(got.Scopes[0]) != "api/write" {
		t.Errorf("ResourceServer = %+v, %v", got, err)
	}
}

func TestAResourceServerThatDoesNotExist(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	for what, do := range map[string]func() error{
		"find": func() error { _, err := d.Pools.ResourceServer(t.Context(), d.Pool.ID, " api "); return err },
		"replace": func() error {
			_, err := d.Pools.ReplaceResourceServer(t.Context(), d.Pool.ID, "api", "", nil)
			return err
		},
		"delete": func() error { return d.Pools.DeleteResourceServer(t.Context(), d.Pool.ID, "api") },
	} {
		err := do()
		if !errors.Is(err, userpool.ErrResourceServerNotFound) || fault.As(err).Message != "Resource server api does not exist." {
			t.Errorf("%s: %v, want an error that names the resource server", what, err)
		}
	}
}

func TestListResourceServers(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	for i := range userpool.MaxResourceServerPage + 1 {
		if _, err := d.Pools.CreateResourceServer(t.Context(), userpool.ResourceServer{Pool: d.Pool.ID, Identifier: fmt.Sprintf("r%02d", i), Name: "r"}); err != nil {
			t.Fatal(err)
		}
	}
	first, next, err := d.Pools.ListResourceServers(t.Context(), d.Pool.ID, "", 0)
	if err != nil || len(first) != userpool.MaxResourceServerPage || next != "r49" {
		t.Errorf("first page: %d, next %q, %v", len(first), next, err)
	}
	second, next, err := d.Pools.ListResourceServers(t.Context(), d.Pool.ID, next, 1000)
	if err != nil || len(second) != 1 || second[0].Identifier != "r50" || next != "" {
		t.Errorf("second page: %d, next %q, %v", len(second), next, err)
	}
}
