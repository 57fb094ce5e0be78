package transfer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/foreignhash"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// ErrRecord is the error for what is no user in a file of users.
var ErrRecord = fault.New(fault.Invalid, "user_record", "The line is no user.")

// record is a user in a file of users.
type record struct {
	Username   string                `json:"username"`
	Sub        user.Sub              `json:"sub"`
	Attributes map[string]string     `json:"attributes"`
	Groups     []string              `json:"groups"`
	Enabled    *bool                 `json:"enabled"` // nil: true
	Hash       seal.Secret           `json:"password_hash"`
	Keycloak   *foreignhash.Keycloak `json:"keycloak"`
	Auth0      *foreignhash.Auth0    `json:"custom_password_hash"`
}

func (r *record) newcomer() (Newcomer, error) {
	n := Newcomer{Username: r.Username, Sub: r.Sub, Attributes: r.Attributes, Groups: r.Groups, Disabled: r.Enabled != nil && !*r.Enabled}
	var hashes []*foreignhash.Hash
	for _, h := range []struct {
		given bool
		read  func() (*foreignhash.Hash, error)
	}{
		{r.Hash != "", func() (*foreignhash.Hash, error) { return foreignhash.Parse(r.Hash) }},
		{r.Keycloak != nil, func() (*foreignhash.Hash, error) { return foreignhash.FromKeycloak(*r.Keycloak) }},
		{r.Auth0 != nil, func() (*foreignhash.Hash, error) { return foreignhash.FromAuth0(*r.Auth0) }},
	} {
		if !h.given {
			continue
		}
		hash, err := h.read()
		if err != nil {
			return n, err
		}
		hashes = append(hashes, hash)
	}
	if len(hashes) > 1 {
		return n, ErrRecord.Saying("The user has more than one password hash.")
	}
	if len(hashes) == 1 {
		n.Hash = hashes[0]
	}
	return n, nil
}

var errNotText = ErrRecord.Saying("The line is not valid UTF-8.")

// source gives the users of a file, one by one, with the numbers of their lines. At
// the end it returns io.EOF. After an ErrRecord it goes on with the next.
type source func() (line int, r *record, err error)

// jsonLines reads one user a line.
func jsonLines(from io.Reader) source {
	r, line := bufio.NewReaderSize(from, 64<<10), 0
	return func() (int, *record, error) {
		for {
			text, err := readLine(r)
			line++
			if err != nil {
				return line, nil, err
			}
			if text = bytes.TrimSpace(text); len(text) == 0 {
				continue
			}
			if !utf8.Valid(text) { // encoding/json would put other characters in the place
				return line, nil, errNotText
			}
			d := json.NewDecoder(bytes.NewReader(text))
			d.DisallowUnknownFields()
			var rec record
			if err := d.Decode(&rec); err != nil {
				return line, nil, ErrRecord.Saying("The line is no JSON object of a user: %s.", reason(err))
			}
			return line, &rec, nil
		}
	}
}

// reason returns what is wrong with a line. The errors of encoding/json name members
// and types, and no values.
func reason(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("%s is a %s", wrong.Field, wrong.Value)
	}
	if strings.HasPrefix(err.Error(), "json: unknown field") {
		return strings.TrimPrefix(err.Error(), "json: ")
	}
	return "it cannot be read"
}

// maxRecord is how long a line of a user may be.
const maxRecord = 1 << 20

func readLine(r *bufio.Reader) ([]byte, error) {
	var text []byte
	for {
		part, err := r.ReadSlice('\n')
		text = append(text, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull) && len(text) <= maxRecord:
			continue
		case errors.Is(err, bufio.ErrBufferFull):
			return nil, fmt.Errorf("a line has more than %d bytes", maxRecord)
		case errors.Is(err, io.EOF) && len(text) > 0:
			return text, nil
		}
		return text, err
	}
}

// table reads a CSV file. Its first line has the names of the columns: username, sub,
// password_hash, groups, enabled, and names of attributes.
func table(from io.Reader) (source, error) {
	r := csv.NewReader(bufio.NewReaderSize(from, 64<<10))
	names, err := r.Read()
	if err != nil {
		return nil, ErrRecord.Saying("The file has no first line with the names of its columns.").Because(err)
	}
	names[0] = strings.TrimPrefix(names[0], "\ufeff") // as spreadsheets write it
	return func() (int, *record, error) {
		values, err := r.Read()
		line := 0
		if len(values) > 0 {
			line, _ = r.FieldPos(0)
		}
		if errors.Is(err, csv.ErrFieldCount) {
			return line, nil, ErrRecord.Saying("The line has %d columns, and the first one has %d.", len(values), len(names))
		}
		if err != nil {
			return line, nil, err
		}
		rec, err := recordOf(names, values)
		return line, rec, err
	}, nil
}

func recordOf(names, values []string) (*record, error) {
	rec := &record{Attributes: map[string]string{}}
	for i, value := range values {
		if !utf8.ValidString(value) {
			return nil, errNotText
		}
		if value == "" {
			continue
		}
		switch names[i] {
		case "username":
			rec.Username = value
		case "sub":
			rec.Sub = user.Sub(value)
		case "password_hash":
			rec.Hash = seal.Secret(value)
		case "groups":
			rec.Groups = strings.Split(value, ";")
		case "enabled":
			if value != "true" && value != "false" {
				return nil, ErrRecord.Saying("The column enabled has neither true nor false.")
			}
			rec.Enabled = new(value == "true")
		default:
			rec.Attributes[names[i]] = value
		}
	}
	return rec, nil
}

// Added says what came of a file of users.
type Added struct {
	Made, Refused int
}

// atOnce is how many users are added at once: they share what the disk costs.
const atOnce = 16

// AddAll adds the users of a file: CSV, or a JSON object a line. refused is called
// with each line that gave no user, in the order of the lines. A file may be read again: users who are there
// from the last time and have not signed in since are made again without a change. An
// error ends the work; what was added stays.
func (e *Newcomers) AddAll(ctx context.Context, pool userpool.PoolID, from io.Reader, isCSV bool, told Progress, refused func(line int, err error)) (Added, error) {
	p, err := e.cfg.Pools.Pool(ctx, pool)
	if err != nil {
		return Added{}, err
	}
	next := jsonLines(from)
	if isCSV {
		if next, err = table(from); err != nil {
			return Added{}, err
		}
	}
	a := &adding{newcomers: e, pool: p, progress: told, refused: refused, results: map[int]result{}}
	return a.all(ctx, next)
}

// adding is one call of AddAll.
type adding struct {
	newcomers *Newcomers
	pool      *userpool.Pool
	progress  Progress
	refused   func(int, error)

	mu      sync.Mutex
	done    Added
	results map[int]result // of users that were done before one that stands above them
	told    int            // how many results were told
}

// result is what came of a line; err is nil if it gave a user.
type result struct {
	line int
	err  error
}

func (a *adding) all(ctx context.Context, next source) (Added, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	var failed error
	for n := 0; ctx.Err() == nil; n++ {
		line, rec, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, ErrRecord) {
			failed = fmt.Errorf("read the file of users: %w", err)
			break
		}
		group.Go(func() error { return a.one(ctx, n, line, rec, err) })
	}
	return a.done, errors.Join(group.Wait(), failed)
}

// one adds the user of a line, the nth of the file. It returns an error that is not
// the line's.
func (a *adding) one(ctx context.Context, n, line int, rec *record, err error) error {
	var u Newcomer
	if err == nil {
		u, err = rec.newcomer()
	}
	if err == nil {
		err = a.newcomers.Add(ctx, a.pool, u)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		switch fault.KindOf(err) {
		case fault.Internal, fault.Unavailable:
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
	a.results[n] = result{line, err}
	a.tell()
	return nil
}

// tell tells the results up to the first one that is not there yet.
func (a *adding) tell() {
	for {
		r, there := a.results[a.told]
		if !there {
			return
		}
		delete(a.results, a.told)
		a.told++
		if r.err != nil {
			a.done.Refused++
			a.refused(r.line, r.err)
			continue
		}
		a.done.Made++
		a.progress("user", a.done.Made)
	}
}
