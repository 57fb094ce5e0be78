package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/foreignhash"
	"gatehouse/internal/directory/userpool"
)

// Errors of imports.
var (
	ErrPoolTaken   = fault.New(fault.Conflict, "import_pool_taken", "The pool is here already.")
	ErrOtherImport = fault.New(fault.Conflict, "import_other", "The pool is being imported from another export, or by another process.")
	ErrClash       = fault.New(fault.Conflict, "import_clash", "Another pool has what the import needs.")
)

// batch is how many rows one transaction adds. It is small, so that those who use
// the database meanwhile do not wait.
const batch = 500

// maxWaiting is how many bytes of lines wait for a transaction. A line may be as long
// as that, with the images of a style.
const maxWaiting = 8 << 20

// Options say how a pool is imported.
type Options struct {
	// WithoutDomains leaves the domains of the pool out.
	WithoutDomains bool
	Progress       Progress
}

// Imported says what an import did.
type Imported struct {
	Pool    userpool.PoolID
	Rows    int
	Resumed int // how many of them an earlier, interrupted import had added
	Domains []string
}

// Import reads a pool from a stream that [Engine.Export] wrote. Nobody sees the pool
// before it is whole. After an error, the same export goes on where it stopped, and
// [Engine.Discard] takes away what is there. ErrFormat, ErrDamaged, ErrPoolTaken,
// ErrOtherImport, ErrClash, userpool.ErrDomainHost.
func (e *Engine) Import(ctx context.Context, from io.Reader, o Options) (*Imported, error) {
	r, err := newReader(from)
	if err != nil {
		return nil, err
	}
	i := &importing{engine: e, o: o, read: r, at: Place{Pool: userpool.PoolID(r.head.Pool), Export: r.head.ID}}
	i.done.Pool = i.at.Pool
	if o.WithoutDomains { // it has other rows, so an import with them does not go on with it
		i.at.Export += " without domains"
	}
	for {
		row, err := r.next()
		if errors.Is(err, errWhole) {
			err := i.finish(ctx)
			i.done.Rows++ // with the pool itself
			return &i.done, err
		}
		if err != nil {
			return nil, err
		}
		if err := i.add(ctx, row); err != nil {
			return nil, err
		}
	}
}

// Discard deletes a pool whose import did not come to its end.
// userpool.ErrPoolNotFound if there is none.
func (e *Engine) Discard(ctx context.Context, pool userpool.PoolID) error {
	return e.cfg.Store.DiscardImport(ctx, pool)
}

// importing is one import. What comes up to the domains of the pool is held back until
// they are known: if one cannot answer here, nothing was written.
type importing struct {
	engine  *Engine
	o       Options
	read    *reader
	held    []heldRow // the pool and what follows it; nil once the import has begun
	sum     []byte    // of the lines up to the last row that waits
	at      Place     // what is in the store
	begun   bool
	waiting []Row
	bytes   int // of the lines that are held or wait
	done    Imported
}

// heldRow is a row and the sum of the lines up to it.
type heldRow struct {
	Row
	sum []byte
}

func (i *importing) add(ctx context.Context, r Row) error {
	if isPool, first := r.Kind == kinds[0], !i.begun && i.held == nil; isPool != first {
		return ErrDamaged.Because(errors.New("the pool itself is not its first row"))
	}
	if r.Kind.Name == kindDomain {
		if i.o.WithoutDomains {
			return nil
		}
		if err := i.checkDomain(r); err != nil {
			return err
		}
	}
	if i.begun {
		return i.keep(ctx, heldRow{r, i.read.sum.Sum(i.sum[:0])})
	}
	i.held, i.bytes = append(i.held, heldRow{r, i.read.sum.Sum(nil)}), i.bytes+r.size
	if beforeUsers(r.Kind) && i.bytes < maxWaiting {
		return nil
	}
	return i.begin(ctx)
}

// beforeUsers reports whether domains may follow rows of the kind.
func beforeUsers(k *Kind) bool {
	return slices.Index(kinds, k) <= slices.IndexFunc(kinds, func(k *Kind) bool { return k.Name == kindDomain })
}

// keep writes a row, unless it is there already: now, or with those that follow.
func (i *importing) keep(ctx context.Context, r heldRow) error {
	if i.done.Rows++; i.done.Rows <= i.done.Resumed {
		return i.checkResumed(r.sum)
	}
	sealed, err := resealed(i.engine.cfg.Sealer, i.at.Pool, r.Row)
	if err != nil {
		return ErrDamaged.Because(err)
	}
	i.waiting, i.bytes, i.sum = append(i.waiting, sealed), i.bytes+r.size, r.sum
	if len(i.waiting) < batch && i.bytes < maxWaiting {
		return nil
	}
	return i.flush(ctx)
}

func (i *importing) checkDomain(r Row) error {
	custom, _ := r.Values[r.Kind.index("custom")].(bool)
	d := &userpool.Domain{Name: r.text("name"), Pool: i.at.Pool, Custom: custom}
	i.done.Domains = append(i.done.Domains, d.Name)
	return i.engine.cfg.CheckDomain(d)
}

// begin writes the pool, and then what was held back.
func (i *importing) begin(ctx context.Context) error {
	pool, rest := i.held[0], i.held[1:]
	i.held, i.begun, i.bytes = nil, true, 0
	if err := checkSettings(pool.Row); err != nil {
		return ErrDamaged.Because(err)
	}
	sealed, err := resealed(i.engine.cfg.Sealer, i.at.Pool, pool.Row)
	if err != nil {
		return ErrDamaged.Because(err)
	}
	i.at.Sum = pool.sum
	if i.at, err = i.engine.cfg.Store.BeginImport(ctx, sealed, i.at); err != nil {
		return err
	}
	i.done.Resumed = i.at.Rows
	if err := i.checkResumed(pool.sum); err != nil {
		return err
	}
	for _, r := range rest {
		if err := i.keep(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// checkResumed refuses to go on with another file than the import began with, once
// the last row that is there was read. sum is that of the lines up to the row. Its id
// alone does not prove the file to be the same.
func (i *importing) checkResumed(sum []byte) error {
	if i.done.Rows == i.done.Resumed && !bytes.Equal(sum, i.at.Sum) {
		return errOtherFile
	}
	return nil
}

var errOtherFile = ErrOtherImport.Saying("The pool is being imported from another file: the first rows of this one are not those that are there.")

// checkSettings refuses a pool with what no export has: forms of hashes that no command
// gave it, since every wrong password would cost the server their work, or fail; and a
// former pool, which would get people's passwords.
func checkSettings(pool Row) error {
	var s userpool.Settings
	document, _ := pool.Values[pool.Kind.index("settings")].(json.RawMessage)
	if err := json.Unmarshal(document, &s); err != nil {
		return err
	}
	if s.Former != nil {
		return errors.New("it says where passwords are asked for")
	}
	if len(s.ForeignHashes) > userpool.MaxForeignHashes {
		return errors.New("it has too many forms of password hashes")
	}
	for _, form := range s.ForeignHashes {
		if _, err := foreignhash.Blank(form); err != nil {
			return fmt.Errorf("form %q of password hashes: %w", form, err)
		}
	}
	return nil
}

func (i *importing) flush(ctx context.Context) error {
	if len(i.waiting) == 0 {
		return nil
	}
	if err := i.engine.cfg.Store.AddRows(ctx, i.at, i.waiting, i.sum); err != nil {
		return err
	}
	i.at.Rows += len(i.waiting)
	i.o.Progress(i.waiting[len(i.waiting)-1].Kind.Name, i.at.Rows)
	clear(i.waiting)
	i.waiting, i.bytes = i.waiting[:0], 0
	return nil
}

func (i *importing) finish(ctx context.Context) error {
	if i.held != nil {
		if err := i.begin(ctx); err != nil {
			return err
		}
	}
	if !i.begun {
		return ErrDamaged.Because(errors.New("it has no pool"))
	}
	if i.done.Rows < i.done.Resumed {
		return errOtherFile
	}
	if err := i.flush(ctx); err != nil {
		return err
	}
	return i.engine.cfg.Store.FinishImport(ctx, i.at)
}
