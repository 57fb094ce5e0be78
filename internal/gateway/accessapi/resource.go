package accessapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/access"
)

// resource is one kind of object of the management API, for example identity
// providers. It is a line of [API.resources]. The code of this file owns the
// phases of every request, so that no resource can leave one out:
//
//	route ─▶ authenticate ─▶ account ─▶ read and check the body ─▶ engine ─▶ answer, log
//
// T is the engine's type of one object.
type resource[T any] struct {
	path string // below /client/v4/accounts/{account}/access/
	noun string // the name of the object's id in the log

	// engine returns the engine that has the objects of this request.
	engine func(*http.Request) collection[T]
	// id returns the id of an object, as the path has it.
	id func(*T) string
	// fields are the keys of an object, in the order of answers.
	fields []field[T]
	// writable says why a client can't replace an object. nil: it can replace
	// all.
	writable func(*T) error
	// filter reads the filters of a list from the query, and returns whether an
	// object belongs to the answer. nil: lists have no filters.
	filter func(url.Values) (func(*T) bool, error)
}

// collection is what a resource needs of an engine.
type collection[T any] interface {
	// Check returns everything that is wrong with draft, before it is created
	// or replaces stored. stored is nil for a new object.
	Check(draft, stored *T) []access.Problem
	Create(ctx context.Context, draft *T) (*T, error)
	Get(ctx context.Context, id string) (*T, error)
	List(ctx context.Context) ([]*T, error)
	Replace(ctx context.Context, id string, draft *T) (*T, error)
	Delete(ctx context.Context, id string) error
}

// mounter is a resource of any type.
type mounter interface {
	mount(a *API, mux *http.ServeMux)
}

// mount adds the routes of the resource.
func (rs *resource[T]) mount(a *API, mux *http.ServeMux) {
	all := pathClient + "accounts/{account}/access/" + rs.path
	one := all + "/{id}"
	a.handleAPI(mux, "POST "+all, rs.create)
	a.handleAPI(mux, "GET "+all, rs.list)
	a.handleAPI(mux, "GET "+one, rs.get)
	a.handleAPI(mux, "PUT "+one, rs.replace)
	a.handleAPI(mux, "DELETE "+one, rs.delete)
}

func (rs *resource[T]) create(w http.ResponseWriter, r *http.Request) error {
	draft, err := rs.read(w, r, nil)
	if err != nil {
		return err
	}
	made, err := rs.engine(r).Create(r.Context(), draft)
	if err != nil {
		return err
	}
	rs.note(r, rs.id(made))
	return answer(w, http.StatusCreated, shown(rs.fields, made), nil)
}

func (rs *resource[T]) list(w http.ResponseWriter, r *http.Request) error {
	p, err := pageOf(r)
	if err != nil {
		return err
	}
	all, err := rs.engine(r).List(r.Context())
	if err != nil {
		return err
	}
	if rs.filter != nil {
		keep, err := rs.filter(r.URL.Query())
		if err != nil {
			return err
		}
		all = selected(all, keep)
	}
	from, to := p.bounds(len(all))
	out := make([]members, 0, to-from)
	for _, object := range all[from:to] {
		out = append(out, shown(rs.fields, object))
	}
	return answer(w, http.StatusOK, out, p.info(len(out), len(all)))
}

func (rs *resource[T]) get(w http.ResponseWriter, r *http.Request) error {
	object, err := rs.engine(r).Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, shown(rs.fields, object), nil)
}

func (rs *resource[T]) replace(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	stored, err := rs.engine(r).Get(r.Context(), id)
	if err != nil {
		return err
	}
	if rs.writable != nil {
		if err := rs.writable(stored); err != nil {
			return err
		}
	}
	draft, err := rs.read(w, r, stored)
	if err != nil {
		return err
	}
	changed, err := rs.engine(r).Replace(r.Context(), id, draft)
	if err != nil {
		return err
	}
	rs.note(r, id)
	return answer(w, http.StatusOK, shown(rs.fields, changed), nil)
}

func (rs *resource[T]) delete(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := rs.engine(r).Delete(r.Context(), id); err != nil {
		return err
	}
	rs.note(r, id)
	return answer(w, http.StatusOK, map[string]string{"id": id}, nil)
}

// read reads an object from the body and checks it. The error holds everything
// that is wrong. stored is the object that it will replace, nil for a new one.
func (rs *resource[T]) read(w http.ResponseWriter, r *http.Request, stored *T) (*T, error) {
	text, err := bodyOf(w, r)
	if err != nil {
		return nil, err
	}
	return rs.parse(text, stored, rs.engine(r))
}

func (rs *resource[T]) parse(text []byte, stored *T, engine collection[T]) (*T, error) {
	given, err := object(text)
	if err != nil {
		return nil, &invalidBody{[]problem{{text: "the body can't be read: " + err.Error()}}}
	}
	rd := &reading{}
	if stored != nil {
		rd.id = rs.id(stored)
	}
	draft := new(T)
	readFields(rd, nil, given, rs.fields, draft)
	if !rd.stopped {
		rd.addChecked(engine.Check(draft, stored))
	}
	if len(rd.problems) > 0 {
		return nil, &invalidBody{rd.problems}
	}
	return draft, nil
}

// note logs the id of an object that the request changed.
func (rs *resource[T]) note(r *http.Request, id string) {
	web.Note(r.Context(), slog.String(rs.noun, clip(id)))
	if told, ok := r.Context().Value(changedKey{}).(*changed); ok {
		told.id = id
	}
}

// selected returns the objects for which keep is true.
func selected[T any](all []*T, keep func(*T) bool) []*T {
	var list []*T
	for _, object := range all {
		if keep(object) {
			list = append(list, object)
		}
	}
	return list
}
