package transfer

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
)

// Store reads and writes pools as rows. It is no way past the rules of the engines:
// what is read is what they wrote.
type Store interface {
	// ReadPool calls row with each row of a pool, in the order of [Kinds]. All rows
	// are of one moment. userpool.ErrPoolNotFound, also for a hidden pool.
	ReadPool(ctx context.Context, pool userpool.PoolID, row func(Row) error) error
	// BeginImport makes the pool, hidden, and returns at. If the same export has been
	// begun before, it returns how far that came. ErrPoolTaken if the pool is there
	// and not hidden, ErrOtherImport if it is of another export that has added rows,
	// or is being removed.
	BeginImport(ctx context.Context, pool Row, at Place) (begun Place, err error)
	// AddRows adds rows, and notes in the same transaction how far the import has
	// come, with the sum that the lines have then. ErrClash if another pool has what
	// a row needs for itself, ErrOtherImport if the import is not where at says.
	AddRows(ctx context.Context, at Place, rows []Row, sum []byte) error
	// FinishImport makes the pool visible. ErrOtherImport as AddRows.
	FinishImport(ctx context.Context, at Place) error
	// DiscardImport deletes a hidden pool, some of its rows at a time. Nobody imports
	// into it from then on. userpool.ErrPoolNotFound if there is none.
	DiscardImport(ctx context.Context, pool userpool.PoolID) error
}

// Place is how far an import has come.
type Place struct {
	Pool   userpool.PoolID
	Export string // the id of the export
	Rows   int
	Sum    []byte // of the lines of its file up to the last of the rows
}

// Config is what an [Engine] needs. Every field must be set.
type Config struct {
	Store  Store
	Sealer *seal.Sealer
	Now    func() time.Time
	// CheckDomain returns an error if a domain cannot answer in this installation.
	CheckDomain func(*userpool.Domain) error
	Version     string // of the program, for people
}

// Engine takes pools out and in. Safe for concurrent use.
type Engine struct{ cfg Config }

// New returns an engine. It does not read the store.
func New(c Config) *Engine { return &Engine{cfg: c} }

// Progress is told now and then how many rows are done, and the kind of the last. It
// must not take long.
type Progress func(kind string, rows int)

// progressEvery is after how many rows the progress is told.
const progressEvery = 1000

// Export writes a pool to a stream, and returns how many rows it has. The stream
// holds every secret of the pool in clear: it must be encrypted. After an error it is
// not whole, and no import takes it. userpool.ErrPoolNotFound.
func (e *Engine) Export(ctx context.Context, pool userpool.PoolID, to io.Writer, told Progress) (rows int, err error) {
	w, err := newWriter(to, Head{
		Version: FormatVersion, ID: ids.UUID(), Pool: string(pool),
		Exported: e.cfg.Now().UTC().Format(time.RFC3339), By: "gatehouse " + e.cfg.Version,
	})
	if err != nil {
		return 0, err
	}
	err = e.cfg.Store.ReadPool(ctx, pool, func(r Row) error {
		plain, err := unsealed(e.cfg.Sealer, pool, r)
		if err == nil && r.Kind.Name == kindPool {
			err = withoutFormer(plain)
		}
		if err != nil {
			return err
		}
		if w.rows > 0 && w.rows%progressEvery == 0 {
			told(r.Kind.Name, w.rows)
		}
		return w.row(plain.withNobody(e.cfg.Sealer, pool))
	})
	if err != nil {
		return 0, err
	}
	return w.rows, w.end()
}

// withoutFormer takes from the row of a pool how its former pool is asked for passwords:
// an import that set it could send people's passwords anywhere.
func withoutFormer(pool Row) error {
	i := pool.Kind.index("settings")
	document, _ := pool.Values[i].(json.RawMessage)
	var s userpool.Settings
	if err := json.Unmarshal(document, &s); err != nil || s.Former == nil {
		return err
	}
	s.Former = nil
	next, err := json.Marshal(s)
	pool.Values[i] = json.RawMessage(next)
	return err
}
