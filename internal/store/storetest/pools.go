package storetest

import (
	"slices"
	"testing"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func testPools(t *testing.T, s Store) {
	t.Run("RoundTrip", func(t *testing.T) {
		p := newPool(t, s)
		p.Created = now // in another zone
		changed := mustGet[*userpool.Pool](t)(s.UpdatePool(ctx(t), p.ID, func(p *userpool.Pool) error {
			p.Name, p.Modified = "Büro 🗝", now
			p.Settings.AliasAttributes = []string{"email"}
			p.Settings.Tags = map[string]string{"team": "ä"}
			return nil
		}))
		got := mustGet[*userpool.Pool](t)(s.Pool(ctx(t), p.ID))
		changed.Modified = asStored(changed.Modified)
		wantEqual(t, "Pool", got, changed)
		if got.Name != "Büro 🗝" || !got.Modified.Equal(now) || got.Settings.Tags["team"] != "ä" {
			t.Errorf("Pool = %+v, want what the update set", got)
		}
	})
	t.Run("NotFound", func(t *testing.T) {
		_, err := s.Pool(ctx(t), "us-east-1_none")
		wantErr(t, "Pool", err, userpool.ErrPoolNotFound)
		_, err = s.UpdatePool(ctx(t), "us-east-1_none", func(*userpool.Pool) error { return nil })
		wantErr(t, "UpdatePool", err, userpool.ErrPoolNotFound)
		err = s.DeletePool(ctx(t), "us-east-1_none", func(*userpool.Pool, []*userpool.Domain) error { return nil })
		wantErr(t, "DeletePool", err, userpool.ErrPoolNotFound)
	})
	t.Run("Conflict", func(t *testing.T) {
		p := newPool(t, s)
		wantErr(t, "CreatePool", s.CreatePool(ctx(t), p), userpool.ErrPoolExists)
	})
	t.Run("FailedChangeSavesNothing", func(t *testing.T) {
		p := newPool(t, s)
		_, err := s.UpdatePool(ctx(t), p.ID, func(p *userpool.Pool) error { p.Name = "other"; return errChange })
		wantErr(t, "UpdatePool", err, errChange)
		if got := mustGet[*userpool.Pool](t)(s.Pool(ctx(t), p.ID)); got.Name != p.Name {
			t.Errorf("Name = %q, want %q", got.Name, p.Name)
		}
	})
	t.Run("CaseMatters", func(t *testing.T) {
		p := newPool(t, s)
		upper := *p
		upper.ID = "us-east-1_" + userpool.PoolID(ids.Hex(4)) + "AbC"
		lower := upper
		lower.ID = userpool.PoolID(user.FoldSearch(string(upper.ID)))
		must(t, s.CreatePool(ctx(t), &upper))
		must(t, s.CreatePool(ctx(t), &lower))
	})
	t.Run("Pages", func(t *testing.T) {
		var want []string
		for range 7 {
			want = append(want, string(newPool(t, s).ID))
		}
		got := readPages(t, 2, func(after string) ([]*userpool.Pool, error) {
			return s.Pools(ctx(t), userpool.PoolID(after), 2)
		}, func(p *userpool.Pool) string { return string(p.ID) })
		if !slices.IsSorted(got) {
			t.Errorf("pools are not in the order of bytes: %q", got)
		}
		for _, id := range want {
			if !slices.Contains(got, id) {
				t.Errorf("pool %s is not on any page", id)
			}
		}
	})
	t.Run("DeleteCallsMay", func(t *testing.T) { testDeletePoolCallsMay(t, s) })
	t.Run("DeleteDeletesAllRows", func(t *testing.T) { testDeletePoolCascades(t, s) })
}

func testDeletePoolCallsMay(t *testing.T, s Store) {
	p := newPool(t, s)
	must(t, s.CreateDomain(ctx(t), &userpool.Domain{Name: ids.Hex(6), Pool: p.ID}))
	err := s.DeletePool(ctx(t), p.ID, func(got *userpool.Pool, domains []*userpool.Domain) error {
		if got.ID != p.ID || len(domains) != 1 {
			t.Errorf("may was called with pool %s and %d domains, want %s and 1", got.ID, len(domains), p.ID)
		}
		return errChange
	})
	wantErr(t, "DeletePool", err, errChange)
	_, err = s.Pool(ctx(t), p.ID)
	wantErr(t, "Pool", err, nil)
}

func testDeletePoolCascades(t *testing.T, s Store) {
	p := newPool(t, s)
	c := newClient(t, s, p.ID)
	u := newUser(t, s, p.ID, "alice")
	must(t, s.CreateGroup(ctx(t), &user.Group{Pool: p.ID, Name: "admins"}))
	must(t, s.AddMember(ctx(t), p.ID, "admins", u.Sub, now))
	g := newGrant(t, s, c, u)
	must(t, s.DeletePool(ctx(t), p.ID, func(*userpool.Pool, []*userpool.Domain) error { return nil }))

	_, err := s.Client(ctx(t), c.ID)
	wantErr(t, "Client", err, userpool.ErrClientNotFound)
	must(t, s.CreatePool(ctx(t), p)) // a new pool with the same id must be empty
	_, err = s.UserByKey(ctx(t), p.ID, "alice")
	wantErr(t, "UserByKey", err, user.ErrUserNotFound)
	_, err = s.Group(ctx(t), p.ID, "admins")
	wantErr(t, "Group", err, user.ErrGroupNotFound)
	_, err = s.Grant(ctx(t), p.ID, g.ID)
	wantErr(t, "Grant", err, errGrantNotFound)
	must(t, s.CreateUser(ctx(t), u, false))
}
