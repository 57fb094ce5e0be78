package storetest

import (
	"testing"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/gateway/session"
)

// Issuer is the issuer of a pool's tokens, for stores that are tested.
func Issuer(p *userpool.Pool) string { return "https://id.example.com/" + string(p.ID) }

// testFollow checks what happens to the gateway's sessions in the transactions
// that change users. Nothing runs between those and the look at the sessions: a
// process that dies after such a transaction has lost nothing.
func testFollow(t *testing.T, s Store) {
	const (
		same    = "same"
		changed = "changed"
		ended   = "ended"
	)
	type scene struct {
		pool       *userpool.Pool
		client     *userpool.Client
		alice, bob *user.User
	}
	update := func(t *testing.T, c scene, u *user.User, apply func(*user.User)) {
		t.Helper()
		mustGet[*user.User](t)(s.UpdateUser(ctx(t), c.pool.ID, u.Sub, user.Change{TakeAliases: true, Apply: func(u *user.User) error { apply(u); return nil }}))
	}
	for name, c := range map[string]struct {
		do         func(t *testing.T, c scene)
		alice, bob string
	}{
		"disabled": {func(t *testing.T, c scene) { update(t, c, c.alice, func(u *user.User) { u.Enabled = false }) }, ended, same},
		"must reset": {func(t *testing.T, c scene) {
			update(t, c, c.alice, func(u *user.User) { u.Status = user.ResetRequired })
		}, ended, same},
		"deleted":        {func(t *testing.T, c scene) { must(t, s.DeleteUser(ctx(t), c.pool.ID, c.alice.Sub)) }, ended, same},
		"signed out":     {func(t *testing.T, c scene) { must(t, s.RevokeGrantsOf(ctx(t), c.pool.ID, c.alice.Sub, now)) }, ended, same},
		"password reset": {func(t *testing.T, c scene) { ending(t, s, c.alice, user.Ends{Browsers: true}) }, ended, same},
		"pool deleted": {func(t *testing.T, c scene) {
			must(t, s.DeletePool(ctx(t), c.pool.ID, func(*userpool.Pool, []*userpool.Domain) error { return nil }))
		}, ended, ended},
		"attribute": {func(t *testing.T, c scene) { update(t, c, c.alice, func(u *user.User) { u.Attributes["name"] = "A" }) }, changed, same},
		"by a code": {func(t *testing.T, c scene) {
			must(t, s.PutCode(ctx(t), &credential.Code{Pool: c.pool.ID, Sub: c.alice.Sub, Purpose: "p", MAC: []byte{1}, Expires: now}))
			_, err := s.RedeemCode(ctx(t), c.pool.ID, c.alice.Sub, "p", func(*credential.Code) error { return nil },
				user.Change{Apply: func(u *user.User) error { u.Attributes["name"] = "A"; return nil }})
			must(t, err)
		}, changed, same},
		"alias taken": {func(t *testing.T, c scene) {
			update(t, c, c.bob, func(u *user.User) { withAlias(u, "email", "a@example.com") })
		}, changed, changed},
		"joins a group": {func(t *testing.T, c scene) {
			must(t, s.AddMember(ctx(t), c.pool.ID, "admins", c.alice.Sub, now))
		}, changed, same},
		"is a member already": {func(t *testing.T, c scene) {
			must(t, s.AddMember(ctx(t), c.pool.ID, "staff", c.alice.Sub, now))
		}, same, same},
		"leaves a group": {func(t *testing.T, c scene) { must(t, s.RemoveMember(ctx(t), c.pool.ID, "staff", c.alice.Sub)) }, changed, same},
		"group deleted":  {func(t *testing.T, c scene) { must(t, s.DeleteGroup(ctx(t), c.pool.ID, "staff")) }, changed, changed},
		"group changed": {func(t *testing.T, c scene) {
			_, err := s.UpdateGroup(ctx(t), c.pool.ID, "staff", func(*user.Group) error { return nil })
			must(t, err)
		}, changed, changed},
		"client deleted": {func(t *testing.T, c scene) { must(t, s.DeleteClient(ctx(t), c.pool.ID, c.client.ID)) }, changed, changed},
		"token revoked": {func(t *testing.T, c scene) {
			g := unsavedGrant(c.client, c.alice)
			must(t, s.CreateGrant(ctx(t), g, 0, token.Completion{Check: anybody}))
			must(t, s.RevokeGrant(ctx(t), c.pool.ID, g.ID, now))
		}, changed, same},
		"pushed out by newer sign-ins": {func(t *testing.T, c scene) {
			for i := range token.MaxGrants + token.SpareGrants + 1 {
				g := unsavedGrant(c.client, c.alice)
				g.Created = asStored(now.Add(time.Duration(i) * time.Second))
				must(t, s.CreateGrant(ctx(t), g, 0, token.Completion{Check: anybody}))
			}
		}, changed, same},
		"as many sign-ins as may be": {func(t *testing.T, c scene) {
			for range token.MaxGrants + token.SpareGrants {
				must(t, s.CreateGrant(ctx(t), unsavedGrant(c.client, c.alice), 0, token.Completion{Check: anybody}))
			}
		}, same, same},
		"pushed out a sign-in that had ended": {func(t *testing.T, c scene) {
			for range token.MaxGrants + token.SpareGrants {
				g := unsavedGrant(c.client, c.alice)
				g.Revoked = asStored(now)
				must(t, s.CreateGrant(ctx(t), g, 0, token.Completion{Check: anybody}))
			}
			must(t, s.CreateGrant(ctx(t), unsavedGrant(c.client, c.alice), 0, token.Completion{Check: anybody}))
		}, same, same},
		"device pushed out by newer ones": {func(t *testing.T, c scene) {
			old := unsavedDevice(c.alice)
			g := unsavedGrant(c.client, c.alice)
			g.DeviceKey = old.Key
			must(t, s.CreateGrant(ctx(t), g, 0, token.Completion{Check: anybody}))
			must(t, s.ConfirmDevice(ctx(t), old))
			for range device.MaxDevices {
				d := unsavedDevice(c.alice)
				d.Authenticated = asStored(now.Add(time.Hour))
				must(t, s.ConfirmDevice(ctx(t), d))
			}
		}, changed, same},
		"linked to an identity at a provider": {func(t *testing.T, c scene) { link(t, s, c.alice) }, changed, same},
		"identity taken by somebody else": {func(t *testing.T, c scene) {
			link(t, s, c.alice)
			taken := &user.Identity{Pool: c.pool.ID, Provider: "corp", Attribute: user.SubjectAttribute, Value: "1", Sub: c.bob.Sub, Linked: now}
			wantErr(t, "LinkIdentity", s.LinkIdentity(ctx(t), taken, user.Change{Apply: func(*user.User) error { return nil }}), user.ErrIdentityTaken)
		}, changed, same},
		"unlinked from an identity": {func(t *testing.T, c scene) {
			must(t, s.UnlinkIdentity(ctx(t), link(t, s, c.bob), func(bool) user.Change { return user.Change{Apply: func(*user.User) error { return nil }} }))
		}, same, changed},
		"provider deleted": {func(t *testing.T, c scene) {
			link(t, s, c.bob)
			must(t, s.DeleteProvider(ctx(t), c.pool.ID, "corp"))
		}, changed, changed},
		"signs in": {func(t *testing.T, c scene) {
			must(t, s.CreateGrant(ctx(t), unsavedGrant(c.client, c.alice), 0, token.Completion{Check: anybody}))
		}, same, same},
		"password set": {func(t *testing.T, c scene) {
			update(t, c, c.alice, func(u *user.User) { u.Password = &user.Password{Salt: []byte{1}, Set: now} })
		}, same, same},
		"enabled": {func(t *testing.T, c scene) { update(t, c, c.alice, func(u *user.User) { u.Enabled = true }) }, same, same},
		"refused change": {func(t *testing.T, c scene) {
			_, err := s.UpdateUser(ctx(t), c.pool.ID, c.alice.Sub, user.Change{Apply: func(u *user.User) error { u.Enabled = false; return errChange }})
			wantErr(t, "UpdateUser", err, errChange)
		}, same, same},
		"unknown deleted": {func(t *testing.T, c scene) {
			wantErr(t, "DeleteUser", s.DeleteUser(ctx(t), c.pool.ID, "none"), user.ErrUserNotFound)
		}, same, same},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, s)
			scene := scene{p, newClient(t, s, p.ID), unsavedUser(p.ID, "alice"), unsavedUser(p.ID, "bob")}
			withAlias(scene.alice, "email", "a@example.com")
			sessions := map[*user.User]session.Record{}
			for _, u := range []*user.User{scene.alice, scene.bob} {
				must(t, s.CreateUser(ctx(t), u, false))
				sessions[u] = newSession(t, s, session.Origin{Issuer: Issuer(p), Subject: string(u.Sub)})
			}
			for _, group := range []string{"staff", "admins"} {
				must(t, s.CreateGroup(ctx(t), &user.Group{Pool: p.ID, Name: group}))
			}
			must(t, s.AddMember(ctx(t), p.ID, "staff", scene.alice.Sub, now))
			for u, r := range sessions { // after the membership, which changed alice's
				sessions[u] = mustGet[session.Record](t)(s.LoadSession(ctx(t), r.ID))
			}
			foreign := newSession(t, s, session.Origin{Issuer: "https://id.example.com/" + ids.UUID(), Subject: string(scene.alice.Sub)})
			c.do(t, scene)
			for u, want := range map[*user.User]string{scene.alice: c.alice, scene.bob: c.bob} {
				got, after := same, sessions[u]
				r, err := s.LoadSession(ctx(t), after.ID)
				switch {
				case err != nil:
					wantErr(t, "LoadSession", err, session.ErrNotFound)
					got = ended
				case r.Changed > after.Changed:
					got = changed
				}
				wantEqual(t, u.Username+"'s session", got, want)
			}
			wantEqual(t, "session of the same subject elsewhere", mustGet[session.Record](t)(s.LoadSession(ctx(t), foreign.ID)), foreign)
		})
	}
}

// link links a user to an identity at a new provider of the pool.
func link(t *testing.T, s Store, u *user.User) *user.Identity {
	t.Helper()
	must(t, s.CreateProvider(ctx(t), &userpool.Provider{Pool: u.Pool, Name: "corp", Type: "OIDC", Sealed: []byte("x")}, manyProviders))
	i := &user.Identity{Pool: u.Pool, Provider: "corp", Type: "OIDC", Attribute: user.SubjectAttribute, Value: "1", Sub: u.Sub, Linked: now}
	must(t, s.LinkIdentity(ctx(t), i, user.Change{Apply: func(*user.User) error { return nil }}))
	return i
}
