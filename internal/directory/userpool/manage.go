package userpool

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
)

// MaxPage is the largest page of any list of pools and their parts.
const MaxPage = 60

// CreatePool makes a pool. id may be "": a new one in region. ErrSettings,
// ErrPoolExists.
func (e *Engine) CreatePool(ctx context.Context, id PoolID, region, name string, s Settings) (*Pool, error) {
	if id == "" {
		id = NewPoolID(region)
	}
	if err := s.complete(); err != nil {
		return nil, err
	}
	now := e.now()
	p := &Pool{ID: id, Name: name, Created: now, Modified: now, Settings: s}
	if err := e.Store.CreatePool(ctx, p); err != nil {
		return nil, err
	}
	return p, nil
}

// UpdatePool changes a pool and checks what became of it. What a pool is for
// life (its schema's shape, its username and alias attributes) can't change.
func (e *Engine) UpdatePool(ctx context.Context, id PoolID, change func(*Pool) error) (*Pool, error) {
	return e.Store.UpdatePool(ctx, id, func(p *Pool) error {
		before := p.Settings
		if err := change(p); err != nil {
			return err
		}
		p.Settings.AliasAttributes, p.Settings.UsernameAttributes = before.AliasAttributes, before.UsernameAttributes
		p.Settings.CaseInsensitive, p.Settings.CaseSensitivityChosen = before.CaseInsensitive, before.CaseSensitivityChosen
		p.Modified = e.now()
		return p.Settings.complete()
	})
}

// DeletePool removes a pool and all that is in it. ErrPoolProtected,
// ErrPoolHasDomain, ErrPoolNotFound.
func (e *Engine) DeletePool(ctx context.Context, id PoolID) error {
	return e.Store.DeletePool(ctx, id, func(p *Pool, domains []*Domain) error {
		switch {
		case p.Protected():
			return ErrPoolProtected
		case len(domains) > 0:
			return ErrPoolHasDomain
		}
		return nil
	})
}

// Tag adds tags to a pool, replacing those of the same key. ErrTags when there
// would be more than fifty, or a key begins with "aws:".
func (e *Engine) Tag(ctx context.Context, id PoolID, tags map[string]string) error {
	_, err := e.Store.UpdatePool(ctx, id, func(p *Pool) error {
		merged := map[string]string{}
		for k, v := range p.Settings.Tags {
			merged[k] = v
		}
		for k, v := range tags {
			merged[k] = v
		}
		p.Settings.Tags = merged
		return checkTags(merged)
	})
	return err
}

// Untag removes tags; a key that is not there is no error.
func (e *Engine) Untag(ctx context.Context, id PoolID, keys []string) error {
	_, err := e.Store.UpdatePool(ctx, id, func(p *Pool) error {
		kept := map[string]string{}
		for k, v := range p.Settings.Tags {
			if !slices.Contains(keys, k) {
				kept[k] = v
			}
		}
		p.Settings.Tags = kept
		return nil
	})
	return err
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

// AddCustomAttributes adds attributes to a pool's schema. They can't be
// removed again. Names come with their prefix.
func (e *Engine) AddCustomAttributes(ctx context.Context, id PoolID, add []Attribute) error {
	_, err := e.Store.UpdatePool(ctx, id, func(p *Pool) error {
		for _, a := range add {
			if p.Attribute(a.Name) != nil {
				return ErrSettings.Saying("%s: Existing attribute already has name %s.", a.Name, a.Name)
			}
			p.Settings.Schema = append(slices.Clip(p.Settings.Schema), a)
		}
		p.Modified = e.now()
		return p.Settings.complete()
	})
	return err
}

// complete fills defaults and checks what the parts of s ask of each other.
func (s *Settings) complete() error {
	if s.PasswordPolicy == (PasswordPolicy{}) {
		s.PasswordPolicy = DefaultPasswordPolicy()
	}
	if s.PasswordPolicy.MinimumLength == 0 {
		s.PasswordPolicy.MinimumLength = 8
	}
	if s.Tier == "" {
		s.Tier = "ESSENTIALS"
	}
	if len(s.AliasAttributes) > 0 && len(s.UsernameAttributes) > 0 {
		return ErrSettings.Saying("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.")
	}
	if err := checkTags(s.Tags); err != nil {
		return err
	}
	if err := checkRecovery(s.Recovery); err != nil {
		return err
	}
	return checkSchema(s.Schema)
}

func checkRecovery(options []RecoveryOption) error {
	for _, o := range options {
		if o.Name == "admin_only" && len(options) > 1 {
			return ErrSettings.Saying("Invalid account recovery setting parameter. Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.")
		}
	}
	return nil
}

func checkSchema(schema []Attribute) error {
	custom := 0
	seen := map[string]bool{}
	for _, a := range schema {
		if seen[a.Name] {
			return ErrSettings.Saying("%s: Existing attribute already has name %s.", a.Name, a.Name)
		}
		seen[a.Name] = true
		if err := a.check(); err != nil {
			return err
		}
		if IsCustom(a.Name) {
			custom++
			if a.Required {
				return ErrSettings.Saying("Required custom attributes are not supported currently.")
			}
			continue
		}
		if err := checkStandard(a); err != nil {
			return err
		}
	}
	if custom > 50 {
		return ErrTooManyResources.Saying("A user pool may have at most 50 custom attributes.")
	}
	return nil
}

func checkStandard(a Attribute) error {
	for _, std := range StandardAttributes() {
		if std.Name == a.Name && (std.Type != a.Type || a.DeveloperOnly) {
			return ErrSettings.Saying("You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute %s", a.Name)
		}
	}
	return nil
}

// domainPrefix is the form of a prefix domain. Cognito: DomainType.
var domainPrefix = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

// CreateDomain gives a pool a domain. A name with a dot is a custom domain.
// ErrDomainName, ErrDomainExists, ErrDomainTaken, ErrPoolNotFound.
func (e *Engine) CreateDomain(ctx context.Context, d Domain) (*Domain, error) {
	if err := checkDomainName(&d); err != nil {
		return nil, err
	}
	d.Created = e.now()
	if d.ManagedLoginVersion == 0 {
		d.ManagedLoginVersion = 1
	}
	if err := e.Store.CreateDomain(ctx, &d); err != nil {
		return nil, err
	}
	return &d, nil
}

func checkDomainName(d *Domain) error {
	if d.Custom {
		labels := strings.Split(d.Name, ".")
		if len(labels) < 2 || len(d.Name) > 253 {
			return ErrDomainName.Saying("Custom domain is not a valid subdomain: Was not able to resolve the root domain, please ensure an A record exists for the root domain.")
		}
		for _, l := range labels {
			if !domainPrefix.MatchString(l) {
				return ErrDomainName.Saying("Custom domain is not a valid subdomain: %s", d.Name)
			}
		}
		return nil
	}
	if !domainPrefix.MatchString(d.Name) {
		return ErrDomainName.Saying("Domain prefix %q is not valid.", d.Name)
	}
	for _, word := range []string{"aws", "amazon", "cognito"} {
		if strings.Contains(d.Name, word) {
			return ErrDomainName.Saying("Domain cannot contain reserved word: %s", word)
		}
	}
	return nil
}

// CreateResourceServer adds a resource server. ErrResourceServerExists,
// ErrPoolNotFound.
func (e *Engine) CreateResourceServer(ctx context.Context, r ResourceServer) (*ResourceServer, error) {
	r.Created = e.now()
	err := e.Store.CreateResourceServer(ctx, &r)
	if fault.KindOf(err) == fault.Invalid {
		return nil, ErrResourceServerExists.Saying("%s already exists in user pool %s.", r.Identifier, r.Pool)
	}
	if err != nil {
		return nil, err
	}
	return &r, nil
}

func (e *Engine) now() time.Time { return e.Now().UTC().Truncate(time.Millisecond) }
