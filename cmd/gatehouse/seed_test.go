package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/store"
)

// seed makes an installation with a pool, which has a domain and the user alice:
// seed DIRECTORY POOL.
func seed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: seed DIRECTORY POOL")
	}
	ctx, dir := context.Background(), ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	sealer, err := seal.LoadOrCreate(filepath.Join(dir, "master.key"))
	ts.Check(err)
	st, err := store.Open(ctx, "sqlite://"+filepath.Join(dir, "gatehouse.db"), store.Options{})
	ts.Check(err)
	defer st.Close()
	pools := userpool.New(userpool.Config{Store: st, Sealer: sealer, Now: time.Now})
	p, err := pools.CreatePool(ctx, userpool.PoolID(args[1]), "", "staff", userpool.Settings{})
	ts.Check(err)
	_, err = pools.CreateDomain(ctx, userpool.Domain{Name: "staff", Pool: p.ID})
	ts.Check(err)
	users := user.New(user.Config{Store: st, Now: time.Now})
	ts.Check(users.Create(ctx, p, &user.User{Pool: p.ID, Sub: "00000000-0000-4000-8000-000000000001", Username: "alice", Status: user.Confirmed, Enabled: true}, false))
}
