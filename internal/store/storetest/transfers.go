package storetest

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/transfer"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// read returns the rows of a pool.
func read(t *testing.T, s Store, pool userpool.PoolID) (rows []transfer.Row) {
	t.Helper()
	must(t, s.ReadPool(ctx(t), pool, func(r transfer.Row) error { rows = append(rows, r); return nil }))
	return rows
}

// testTransfers moves a pool away and back.
func testTransfers(t *testing.T, s Store) {
	pool := newPool(t, s)
	client := newClient(t, s, pool.ID)
	domain := &userpool.Domain{Name: "moves-" + strings.ToLower(ids.PoolName()), Pool: pool.ID, Created: asStored(now)}
	must(t, s.CreateDomain(ctx(t), domain))
	must(t, s.CreateGroup(ctx(t), &user.Group{Pool: pool.ID, Name: "admins", Created: asStored(now), Modified: asStored(now)}))
	alice := withAlias(unsavedUser(pool.ID, "alice"), "email", "alice@example.com")
	must(t, s.CreateUser(ctx(t), alice, false))
	must(t, s.AddMember(ctx(t), pool.ID, "admins", alice.Sub, asStored(now)))
	for range 120 { // more than one statement inserts
		newUser(t, s, pool.ID, ids.UUID())
	}
	rows := read(t, s, pool.ID)
	at := transfer.Place{Pool: pool.ID, Export: "e", Sum: []byte("the pool")}

	_, err := s.BeginImport(ctx(t), rows[0], at)
	wantErr(t, "import of a pool that is here", err, transfer.ErrPoolTaken)
	wantErr(t, "discarding a pool that is here", s.DiscardImport(ctx(t), pool.ID), userpool.ErrPoolNotFound)
	missing := s.ReadPool(ctx(t), "us-east-1_None", func(transfer.Row) error { t.Error("a row of no pool"); return nil })
	wantErr(t, "reading no pool", missing, userpool.ErrPoolNotFound)
	wantErr(t, "a reader that fails", s.ReadPool(ctx(t), pool.ID, func(transfer.Row) error { return errChange }), errChange)

	must(t, s.DeletePool(ctx(t), pool.ID, func(*userpool.Pool, []*userpool.Domain) error { return nil }))
	for range 2 { // beginning again changes nothing
		begun, err := s.BeginImport(ctx(t), rows[0], at)
		must(t, err)
		wantEqual(t, "what is there", begun, at)
	}
	half := len(rows) / 2
	must(t, s.AddRows(ctx(t), at, rows[1:half], []byte("half")))
	at.Rows, at.Sum = half-1, []byte("half")
	wantHidden(t, s, pool, domain)
	testOtherImports(t, s, rows, at)
	must(t, s.AddRows(ctx(t), at, rows[half:], nil))
	at.Rows = len(rows) - 1
	wantHidden(t, s, pool, domain)
	wantErr(t, "the end at another place", s.FinishImport(ctx(t), transfer.Place{Pool: pool.ID, Export: "e", Rows: 3}), transfer.ErrOtherImport)
	must(t, s.FinishImport(ctx(t), at))
	wantErr(t, "the end twice", s.FinishImport(ctx(t), at), transfer.ErrOtherImport)

	wantEqual(t, "the rows", texts(read(t, s, pool.ID)), texts(rows))
	wantEqual(t, "the pool", mustGet[*userpool.Pool](t)(s.Pool(ctx(t), pool.ID)), pool)
	wantEqual(t, "the client", mustGet[*userpool.Client](t)(s.Client(ctx(t), client.ID)), client)
	found := mustGet[*user.User](t)(s.UserByKey(ctx(t), pool.ID, "alice@example.com"))
	wantEqual(t, "the user", found.Sub, alice.Sub)
	testClash(t, s, rows)
}

// testOtherImports tries what else may come while an import is at a place.
func testOtherImports(t *testing.T, s Store, rows []transfer.Row, at transfer.Place) {
	begun, err := s.BeginImport(ctx(t), rows[0], transfer.Place{Pool: at.Pool, Export: at.Export, Sum: []byte("the pool of another file")})
	must(t, err)
	wantEqual(t, "what is there", begun, at)
	_, err = s.BeginImport(ctx(t), rows[0], transfer.Place{Pool: at.Pool, Export: "other"})
	wantErr(t, "another export", err, transfer.ErrOtherImport)
	behind := at
	behind.Rows--
	wantErr(t, "rows that are there already", s.AddRows(ctx(t), behind, rows[at.Rows:at.Rows+1], nil), transfer.ErrOtherImport)
	wantErr(t, "rows of another export", s.AddRows(ctx(t), transfer.Place{Pool: at.Pool, Export: "other", Rows: at.Rows}, rows[at.Rows+1:], nil), transfer.ErrOtherImport)
	i := slices.IndexFunc(rows, func(r transfer.Row) bool { return r.Kind.Name == "membership" })
	orphan := transfer.Row{Kind: rows[i].Kind, Values: slices.Clone(rows[i].Values)}
	orphan.Values[1] = "nobody"
	wantErr(t, "a row without its user", s.AddRows(ctx(t), at, []transfer.Row{orphan}, nil), transfer.ErrDamaged)
}

// testClash imports a client that another pool has.
func testClash(t *testing.T, s Store, rows []transfer.Row) {
	at := transfer.Place{Pool: userpool.NewPoolID("us-east-1"), Export: "f"}
	_, err := s.BeginImport(ctx(t), rows[0], at)
	must(t, err)
	err = s.AddRows(ctx(t), at, rows[1:], nil)
	wantErr(t, "a client of another pool", err, transfer.ErrClash)
	at.Export, at.Sum = "g", []byte("g") // nothing was added, so another export may take its place, with its own pool
	own := transfer.Row{Kind: rows[0].Kind, Values: slices.Clone(rows[0].Values)}
	own.Values[0] = "of g"
	_, err = s.BeginImport(ctx(t), own, at)
	must(t, err)
	must(t, s.FinishImport(ctx(t), at))
	wantEqual(t, "the name of the pool", mustGet[*userpool.Pool](t)(s.Pool(ctx(t), at.Pool)).Name, "of g")
	at.Pool = userpool.NewPoolID("us-east-1")
	mustGet[transfer.Place](t)(s.BeginImport(ctx(t), own, at))
	must(t, s.DiscardImport(ctx(t), at.Pool))
	wantErr(t, "discarding again", s.DiscardImport(ctx(t), at.Pool), userpool.ErrPoolNotFound)
}

// wantHidden checks that nobody sees a pool.
func wantHidden(t *testing.T, s Store, pool *userpool.Pool, d *userpool.Domain) {
	t.Helper()
	_, err := s.Pool(ctx(t), pool.ID)
	wantErr(t, "a hidden pool", err, userpool.ErrPoolNotFound)
	_, err = s.UpdatePool(ctx(t), pool.ID, func(*userpool.Pool) error { t.Error("change of a hidden pool"); return nil })
	wantErr(t, "change of a hidden pool", err, userpool.ErrPoolNotFound)
	err = s.DeletePool(ctx(t), pool.ID, func(*userpool.Pool, []*userpool.Domain) error { t.Error("end of a hidden pool"); return nil })
	wantErr(t, "end of a hidden pool", err, userpool.ErrPoolNotFound)
	wantErr(t, "a pool in its place", s.CreatePool(ctx(t), pool), userpool.ErrPoolExists)
	wantErr(t, "export of a hidden pool", s.ReadPool(ctx(t), pool.ID, func(transfer.Row) error { return nil }), userpool.ErrPoolNotFound)
	_, err = s.Domain(ctx(t), d.Name)
	wantErr(t, "its domain", err, userpool.ErrDomainNotFound)
	listed := mustGet[[]*userpool.Pool](t)(s.Pools(ctx(t), "", 1000))
	if slices.ContainsFunc(listed, func(p *userpool.Pool) bool { return p.ID == pool.ID }) {
		t.Error("a hidden pool is listed")
	}
	domains := mustGet[[]*userpool.Domain](t)(s.Domains(ctx(t), "", 1000))
	if slices.ContainsFunc(domains, func(other *userpool.Domain) bool { return other.Name == d.Name }) {
		t.Error("the domain of a hidden pool is listed")
	}
}

// texts returns rows in a form that can be compared.
func texts(rows []transfer.Row) (list [][]any) {
	for _, r := range rows {
		list = append(list, append([]any{r.Kind.Name}, r.Values...))
	}
	return list
}
