package userpool_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestPoolRules(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	says := userpool.ErrSettings.Saying
	text := func(name, low, high string) userpool.Settings {
		return userpool.Settings{Schema: []userpool.Attribute{{Name: name, Type: userpool.TypeString, MinLength: low, MaxLength: high}}}
	}
	number := func(low, high string) userpool.Settings {
		return userpool.Settings{Schema: []userpool.Attribute{{Name: "custom:n", Type: userpool.TypeNumber, MinValue: low, MaxValue: high}}}
	}
	var fifty, more []userpool.Attribute
	for i := range 51 {
		more = append(more, userpool.Attribute{Name: fmt.Sprint("custom:", i), Type: userpool.TypeString})
	}
	fifty = more[:50]
	tests := []struct {
		name string
		s    userpool.Settings
		want *fault.Error
	}{
		{"nothing", userpool.Settings{}, nil},
		{"alias and username attributes", userpool.Settings{AliasAttributes: []string{"email"}, UsernameAttributes: []string{"email"}}, says("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.")},
		{"administrators recover, and more", userpool.Settings{Recovery: []userpool.RecoveryOption{{Name: "admin_only", Priority: 1}, {Name: "verified_email", Priority: 2}}}, says("Invalid account recovery setting parameter. Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.")},
		{"administrators recover", userpool.Settings{Recovery: []userpool.RecoveryOption{{Name: "admin_only", Priority: 1}}}, nil},
		{"required custom attribute", userpool.Settings{Schema: []userpool.Attribute{{Name: "custom:x", Type: userpool.TypeString, Required: true}}}, says("Required custom attributes are not supported currently.")},
		{"attribute twice", userpool.Settings{Schema: []userpool.Attribute{more[0], more[0]}}, says("custom:0: Existing attribute already has name custom:0.")},
		{"type of a standard attribute", userpool.Settings{Schema: []userpool.Attribute{{Name: "email", Type: userpool.TypeNumber}}}, says("You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email")},
		{"developers' standard attribute", userpool.Settings{Schema: []userpool.Attribute{{Name: "email", Type: userpool.TypeString, DeveloperOnly: true}}}, says("You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email")},
		{"fifty custom attributes", userpool.Settings{Schema: fifty}, nil},
		{"fifty-one", userpool.Settings{Schema: more}, userpool.ErrTooManyResources.Saying("A user pool may have at most 50 custom attributes.")},
		{"lengths", text("email", "3", "3"), nil},
		{"lengths the wrong way round", text("email", "4", "3"), says("user.email: Max length cannot be less than min length.")},
		{"length too great", text("custom:t", "", "2049"), says("user.custom:t: String attributes cannot have a length of more than 2048")},
		{"length that is no number", text("custom:t", "few", ""), says("Invalid constraint for schema attribute custom:t")},
		{"negative length", text("custom:t", "-1", ""), says("Invalid constraint for schema attribute custom:t")},
		{"values", number("-5", "5"), nil},
		{"values the wrong way round", number("5", "-5"), says("user.custom:n: Max value cannot be less than min value.")},
		{"value that is no number", number("", "many"), says("Invalid constraint for schema attribute custom:n")},
		{"reserved tag", userpool.Settings{Tags: map[string]string{"AWS:x": ""}}, userpool.ErrTags.Saying("Tag keys that begin with aws: are reserved.")},
	}
	for _, test := range tests {
		_, err := d.Pools.CreatePool(t.Context(), "", "eu-west-1", "p", test.s)
		if test.want == nil && err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if test.want != nil && (!errors.Is(err, test.want) || fault.As(err).Message != test.want.Message) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func TestNewPoolHasDefaults(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	p, err := d.Pools.CreatePool(t.Context(), "", "eu-west-1", "p", userpool.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if p.ID.Region() != "eu-west-1" || len(p.ID.Name()) != 9 {
		t.Errorf("id %q, want eu-west-1_ and nine characters", p.ID)
	}
	if p.Settings.PasswordPolicy != userpool.DefaultPasswordPolicy() || p.Settings.Tier != "ESSENTIALS" {
		t.Errorf("policy %+v, tier %q", p.Settings.PasswordPolicy, p.Settings.Tier)
	}
	if _, err := d.Pools.CreatePool(t.Context(), p.ID, "", "again", userpool.Settings{}); !errors.Is(err, userpool.ErrPoolExists) {
		t.Errorf("the same id: %v, want %v", err, userpool.ErrPoolExists)
	}
}

func TestWhatAPoolIsForLife(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{AliasAttributes: []string{"email"}, CaseInsensitive: true, CaseSensitivityChosen: true})
	d.Advance(time.Minute)
	p, err := d.Pools.UpdatePool(t.Context(), d.Pool.ID, func(p *userpool.Pool) error {
		p.Settings = userpool.Settings{UsernameAttributes: []string{"email"}}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !p.AliasIs("email") || p.UsernameIs("email") || !p.Settings.CaseInsensitive || !p.Settings.CaseSensitivityChosen {
		t.Errorf("%+v: what is for life has changed", p.Settings)
	}
	if !p.Modified.Equal(d.Now()) || !p.Created.Equal(d.Pool.Created) {
		t.Errorf("created %s, modified %s", p.Created, p.Modified)
	}
}

func TestDeletePool(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{DeletionProtection: true})
	del := func() error { return d.Pools.DeletePool(t.Context(), d.Pool.ID) }
	if err := del(); !errors.Is(err, userpool.ErrPoolProtected) {
		t.Errorf("protected: %v", err)
	}
	if _, err := d.Pools.UpdatePool(t.Context(), d.Pool.ID, func(p *userpool.Pool) error { p.Settings.DeletionProtection = false; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Pools.CreateDomain(t.Context(), userpool.Domain{Name: "staff", Pool: d.Pool.ID}); err != nil {
		t.Fatal(err)
	}
	if err := del(); !errors.Is(err, userpool.ErrPoolHasDomain) {
		t.Errorf("with a domain: %v", err)
	}
	if err := d.Store.DeleteDomain(t.Context(), d.Pool.ID, "staff"); err != nil {
		t.Fatal(err)
	}
	if err := del(); err != nil {
		t.Errorf("free: %v", err)
	}
	if err := del(); !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Errorf("again: %v", err)
	}
}

func TestTags(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{Tags: map[string]string{"a": "1"}})
	tags := func() map[string]string {
		p, err := d.Store.Pool(t.Context(), d.Pool.ID)
		if err != nil {
			t.Fatal(err)
		}
		return p.Settings.Tags
	}
	if err := d.Pools.Tag(t.Context(), d.Pool.ID, map[string]string{"a": "2", "b": ""}); err != nil || fmt.Sprint(tags()) != "map[a:2 b:]" {
		t.Errorf("tag: %v, %v", tags(), err)
	}
	if err := d.Pools.Untag(t.Context(), d.Pool.ID, []string{"a", "none"}); err != nil || fmt.Sprint(tags()) != "map[b:]" {
		t.Errorf("untag: %v, %v", tags(), err)
	}
	many := map[string]string{}
	for i := range 49 {
		many[fmt.Sprint(i)] = ""
	}
	if err := d.Pools.Tag(t.Context(), d.Pool.ID, many); err != nil {
		t.Errorf("fifty: %v", err)
	}
	if err := d.Pools.Tag(t.Context(), d.Pool.ID, map[string]string{"one more": ""}); !errors.Is(err, userpool.ErrTags) {
		t.Errorf("fifty-one: %v", err)
	}
	if err := d.Pools.Tag(t.Context(), d.Pool.ID, map[string]string{"aws:x": ""}); !errors.Is(err, userpool.ErrTags) || len(tags()) != 50 {
		t.Errorf("reserved: %v, %d tags", err, len(tags()))
	}
	if err := d.Pools.Tag(t.Context(), "us-east-1_none", nil); !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Errorf("no pool: %v", err)
	}
}

func TestAddCustomAttributes(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	add := func(list ...userpool.Attribute) error {
		return d.Pools.AddCustomAttributes(t.Context(), d.Pool.ID, list)
	}
	badge := userpool.Attribute{Name: "custom:badge", Type: userpool.TypeNumber, Mutable: true}
	if err := add(badge); err != nil {
		t.Fatal(err)
	}
	err := add(userpool.Attribute{Name: "custom:new", Type: userpool.TypeString}, badge)
	if !errors.Is(err, userpool.ErrSettings) || fault.As(err).Message != "custom:badge: Existing attribute already has name custom:badge." {
		t.Errorf("again: %v", err)
	}
	p, err := d.Store.Pool(t.Context(), d.Pool.ID)
	if err != nil || p.Attribute("custom:badge") == nil || p.Attribute("custom:new") != nil {
		t.Errorf("schema %+v, %v; want the first alone", p.Settings.Schema, err)
	}
}

func TestDomainNames(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	prefixes := map[string]bool{
		"a": true, "staff": true, "staff-1": true, strings.Repeat("a", 63): true,
		"": false, "-a": false, "a-": false, "Staff": false, "a.b": false, "a_b": false, strings.Repeat("a", 64): false,
		"my-aws": false, "amazonian": false, "cognito1": false, "a b": false, "ä": false,
	}
	for name, want := range prefixes {
		_, err := d.Pools.CreateDomain(t.Context(), userpool.Domain{Name: name, Pool: d.Pool.ID})
		if (err == nil) != want || !want && !errors.Is(err, userpool.ErrDomainName) {
			t.Errorf("prefix %q: %v, want it taken: %t", name, err, want)
		}
		if err == nil {
			if err := d.Store.DeleteDomain(t.Context(), d.Pool.ID, name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, want := range map[string]bool{"id.example.com": true, "example": false, "id..example.com": false, "ID.example.com": false, "*.example.com": false, "id.example.com.": false} {
		_, err := d.Pools.CreateDomain(t.Context(), userpool.Domain{Name: name, Pool: d.Pool.ID, Custom: true})
		if (err == nil) != want {
			t.Errorf("custom domain %q: %v, want it taken: %t", name, err, want)
		}
	}
}

func TestDomainsAreUnique(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	other, err := d.Pools.CreatePool(t.Context(), "", "us-east-1", "other", userpool.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	create := func(pool userpool.PoolID, name string) error {
		_, err := d.Pools.CreateDomain(t.Context(), userpool.Domain{Name: name, Pool: pool})
		return err
	}
	if err := create(d.Pool.ID, "staff"); err != nil {
		t.Fatal(err)
	}
	if err := create(other.ID, "staff"); !errors.Is(err, userpool.ErrDomainExists) {
		t.Errorf("another pool's: %v", err)
	}
	if err := create(d.Pool.ID, "more"); !errors.Is(err, userpool.ErrDomainTaken) {
		t.Errorf("a second prefix: %v", err)
	}
	if err := create("us-east-1_none", "free"); !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Errorf("no pool: %v", err)
	}
}

func TestResourceServerTwice(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	create := func() error {
		_, err := d.Pools.CreateResourceServer(t.Context(), userpool.ResourceServer{Pool: d.Pool.ID, Identifier: "api", Name: "api"})
		return err
	}
	if err := create(); err != nil {
		t.Fatal(err)
	}
	if err := create(); !errors.Is(err, userpool.ErrResourceServerExists) || fault.As(err).Message != "api already exists in user pool us-east-1_Test00001." {
		t.Errorf("again: %v", err)
	}
}
