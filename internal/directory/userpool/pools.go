package userpool

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Pool returns a pool. ErrPoolNotFound, which names the id.
func (e *Engine) Pool(ctx context.Context, id PoolID) (*Pool, error) {
	p, err := e.store.Pool(ctx, id)
	e.last.note(id, p, err)
	return p, namePool(err, id)
}

// namePool puts the id of a pool that does not exist into the error's text.
func namePool(err error, id PoolID) error {
	if errors.Is(err, ErrPoolNotFound) {
		return ErrPoolNotFound.Saying("User pool %s does not exist.", id)
	}
	return err
}

// ListPoolsIn is [Engine.ListPools] for the pools of one region.
func (e *Engine) ListPoolsIn(ctx context.Context, region string, after PoolID, size int) (pools []*Pool, next PoolID, err error) {
	size = PageSize(size, MaxPage)
	// The ids of a region's pools begin with its name, so they follow each other.
	rows, err := e.store.Pools(ctx, max(after, PoolID(region+"_")), size+1)
	if err != nil {
		return nil, "", err
	}
	if end := slices.IndexFunc(rows, func(p *Pool) bool { return p.ID.Region() != region }); end >= 0 {
		rows = rows[:end]
	}
	pools, next = CutPage(rows, size, func(p *Pool) PoolID { return p.ID })
	return pools, next, nil
}

// ListPools returns a page of all pools, sorted by id, and the id after which
// the next page starts: "" after the last page.
func (e *Engine) ListPools(ctx context.Context, after PoolID, size int) (pools []*Pool, next PoolID, err error) {
	size = PageSize(size, MaxPage)
	rows, err := e.store.Pools(ctx, after, size+1)
	if err != nil {
		return nil, "", err
	}
	pools, next = CutPage(rows, size, func(p *Pool) PoolID { return p.ID })
	return pools, next, nil
}

// CreatePool makes a pool. If id is "", the pool gets a new id in region.
// ErrSettings, ErrTags, ErrPoolExists, and the errors of Config.CheckTriggers.
func (e *Engine) CreatePool(ctx context.Context, id PoolID, region, name string, s Settings) (*Pool, error) {
	if id == "" {
		id = e.poolID(region)
	}
	if err := s.complete(); err != nil {
		return nil, err
	}
	if err := s.SMS.checkRegion(id); err != nil {
		return nil, err
	}
	if err := e.mayCall(s.Triggers); err != nil {
		return nil, err
	}
	now := e.now()
	p := &Pool{ID: id, Name: name, Created: now, Modified: now, Settings: s}
	if err := e.store.CreatePool(ctx, p); err != nil {
		return nil, err
	}
	return p, nil
}

// UpdatePool changes a pool and checks the result. It undoes changes of what a
// pool keeps for life: its username and alias attributes and whether names are
// case-insensitive. ErrPoolNotFound, ErrSettings, ErrTags.
func (e *Engine) UpdatePool(ctx context.Context, id PoolID, change func(*Pool) error) (*Pool, error) {
	p, err := e.store.UpdatePool(ctx, id, func(p *Pool) error {
		before := p.Settings
		if err := change(p); err != nil {
			return err
		}
		p.Settings.AliasAttributes, p.Settings.UsernameAttributes = before.AliasAttributes, before.UsernameAttributes
		p.Settings.CaseInsensitive, p.Settings.CaseSensitivityChosen = before.CaseInsensitive, before.CaseSensitivityChosen
		p.Modified = e.now()
		if err := p.Settings.SMS.checkRegion(id); err != nil {
			return err
		}
		if err := p.Settings.complete(); err != nil || reflect.DeepEqual(p.Settings.Triggers, before.Triggers) {
			return err
		}
		return e.mayCall(p.Settings.Triggers)
	})
	return p, namePool(err, id)
}

// mayCall returns an error if a pool cannot have the triggers in this
// installation.
func (e *Engine) mayCall(t Triggers) error {
	if e.checkTriggers == nil {
		return nil
	}
	return e.checkTriggers(t)
}

// DeletePool removes a pool with its users, groups, clients, keys, tokens and
// resource servers. ErrPoolProtected, ErrPoolHasDomain, ErrPoolNotFound.
func (e *Engine) DeletePool(ctx context.Context, id PoolID) error {
	err := e.store.DeletePool(ctx, id, func(p *Pool, domains []*Domain) error {
		switch {
		case p.Protected():
			return ErrPoolProtected
		case len(domains) > 0:
			return ErrPoolHasDomain
		}
		return nil
	})
	return namePool(err, id)
}

// AddCustomAttributes adds attributes to a pool's schema. Nothing removes them
// again. Their names have the prefix "custom:" or "dev:custom:".
// ErrPoolNotFound, ErrSettings, ErrTooManyResources.
func (e *Engine) AddCustomAttributes(ctx context.Context, id PoolID, add []Attribute) error {
	_, err := e.store.UpdatePool(ctx, id, func(p *Pool) error {
		for _, a := range add {
			if p.Attribute(a.Name) != nil {
				return a.repeated()
			}
			p.Settings.Schema = append(slices.Clip(p.Settings.Schema), a)
		}
		p.Modified = e.now()
		return p.Settings.complete()
	})
	return namePool(err, id)
}

// Tag adds tags to a pool. A tag replaces one with the same key. ErrTags if the
// pool would have more than fifty, or if a key begins with "aws:".
func (e *Engine) Tag(ctx context.Context, id PoolID, tags map[string]string) error {
	return e.updateTags(ctx, id, func(kept map[string]string) error {
		maps.Copy(kept, tags)
		return checkTags(kept)
	})
}

// Untag removes tags from a pool. A key that the pool does not have is no error.
func (e *Engine) Untag(ctx context.Context, id PoolID, keys []string) error {
	return e.updateTags(ctx, id, func(kept map[string]string) error {
		for _, key := range keys {
			delete(kept, key)
		}
		return nil
	})
}

// updateTags changes a copy of a pool's tags and saves it.
func (e *Engine) updateTags(ctx context.Context, id PoolID, change func(map[string]string) error) error {
	_, err := e.store.UpdatePool(ctx, id, func(p *Pool) error {
		tags := map[string]string{}
		maps.Copy(tags, p.Settings.Tags)
		p.Settings.Tags = tags
		return change(tags)
	})
	return namePool(err, id)
}

func checkTags(tags map[string]string) error {
	if len(tags) > 50 {
		return ErrTags.Saying("A user pool may have at most 50 tags.")
	}
	for k := range tags {
		if strings.HasPrefix(strings.ToLower(k), "aws:") {
			return ErrTags.Saying("Tag keys that begin with aws: are reserved.")
		}
	}
	return nil
}
