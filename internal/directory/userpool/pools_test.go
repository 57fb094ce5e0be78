package userpool_test

import (
	"errors"
	"fmt"
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
		{"no settings", userpool.Settings{}, nil},
		{"alias and username attributes", userpool.Settings{AliasAttributes: []string{"email"}, UsernameAttributes: []string{"email"}}, says("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.")},
		{"admin_only and another recovery", userpool.Settings{Recovery: []userpool.RecoveryOption{{Name: "admin_only", Priority: 1}, {Name: "verified_email", Priority: 2}}}, says("Invalid account recovery setting parameter. Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.")},
		{"two recoveries of one priority", userpool.Settings{Recovery: []userpool.RecoveryOption{{Name: "verified_phone_number", Priority: 1}, {Name: "verified_email", Priority: 1}}}, says("Invalid account recovery setting parameter. Each recovery mechanism needs a name and a priority of its own.")},
		{"a recovery twice", userpool.Settings{Recovery: []userpool.RecoveryOption{{Name: "verified_email", Priority: 1}, {Name: "verified_email", Priority: 2}}}, says("Invalid account recovery setting parameter. Each recovery mechanism needs a name and a priority of its own.")},
		{"two recoveries", userpool.Settings{Recovery: []userpool.RecoveryOption{{Name: "verified_phone_number", Priority: 2}, {Name: "verified_email", Priority: 1}}}, nil},
		{"SMS without a role", userpool.Settings{SMS: &userpool.SMSConfiguration{Region: "eu-west-1"}}, says("SmsConfiguration needs SnsCallerArn or EumsSms.")},
		{"admin_only recovery", userpool.Settings{Recovery: []userpool.RecoveryOption{{Name: "admin_only", Priority: 1}}}, nil},
		{"required custom attribute", userpool.Settings{Schema: []userpool.Attribute{{Name: "custom:x", Type: userpool.TypeString, Required: true}}}, says("Required custom attributes are not supported currently.")},
		{"attribute twice", userpool.Settings{Schema: []userpool.Attribute{more[0], more[0]}}, says("custom:0: Existing attribute already has name custom:0.")},
		{"attribute for developers twice", userpool.Settings{Schema: []userpool.Attribute{{Name: "dev:custom:x", Type: userpool.TypeString}, {Name: "dev:custom:x", Type: userpool.TypeString}}}, says("custom:x: Existing attribute already has name dev:custom:x.")},
		{"type of a standard attribute", userpool.Settings{Schema: []userpool.Attribute{{Name: "email", Type: userpool.TypeNumber}}}, says("You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email")},
		{"standard attribute for developers", userpool.Settings{Schema: []userpool.Attribute{{Name: "email", Type: userpool.TypeString, DeveloperOnly: true}}}, says("You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email")},
		{"fifty custom attributes", userpool.Settings{Schema: fifty}, nil},
		{"fifty-one", userpool.Settings{Schema: more}, userpool.ErrTooManyResources.Saying("A user pool may have at most 50 custom attributes.")},
		{"lengths", text("email", "3", "3"), nil},
		{"maximum length below minimum", text("email", "4", "3"), says("user.email: Max length cannot be less than min length.")},
		{"length too great", text("custom:t", "", "2049"), says("user.custom:t: String attributes cannot have a length of more than 2048")},
		{"least length too great", text("email", "2049", "3"), says("user.email: String attributes cannot have a length of more than 2048")},
		{"length that is no number", text("custom:t", "few", ""), says("Invalid StringAttributeConstraints for schema attribute custom:t")},
		{"negative length", text("custom:t", "-1", ""), says("Invalid StringAttributeConstraints for schema attribute custom:t")},
		{"values", number("-5", "5"), nil},
		{"maximum value below minimum", number("5", "-5"), says("user.custom:n: Max value cannot be less than min value.")},
		{"value that is no number", number("", "many"), says("Invalid NumberAttributeConstraints for schema attribute custom:n")},
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

func TestSettingsThatNeverChange(t *testing.T) {
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
		t.Errorf("UpdatePool changed a setting that never changes: %+v", p.Settings)
	}
	if !p.Modified.Equal(d.Now()) || !p.Created.Equal(d.Pool.Created) {
		t.Errorf("created %s, modified %s", p.Created, p.Modified)
	}
}

func TestDeletePool(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{DeletionProtection: true})
	del := func() error { return d.Pools.DeletePool(t.Context(), d.Pool.ID) }
	if err := del(); !errors.Is(err, userpool.ErrPoolProtected) {
		t.Errorf("a protected pool: %v", err)
	}
	if _, err := d.Pools.UpdatePool(t.Context(), d.Pool.ID, func(p *userpool.Pool) error { p.Settings.DeletionProtection = false; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Pools.CreateDomain(t.Context(), userpool.Domain{Name: "staff", Pool: d.Pool.ID}); err != nil {
		t.Fatal(err)
	}
	if err := del(); !errors.Is(err, userpool.ErrPoolHasDomain) {
		t.Errorf("a pool with a domain: %v", err)
	}
	if err := d.Pools.DeleteDomain(t.Context(), d.Pool.ID, "staff"); err != nil {
		t.Fatal(err)
	}
	if err := del(); err != nil {
		t.Errorf("a pool without a domain: %v", err)
	}
	if err := del(); !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Errorf("again: %v", err)
	}
}

func TestTags(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{Tags: map[string]string{"a": "1"}})
	tags := func() map[string]string {
		p, err := d.Pools.Pool(t.Context(), d.Pool.ID)
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
	p, err := d.Pools.Pool(t.Context(), d.Pool.ID)
	if err != nil || p.Attribute("custom:badge") == nil || p.Attribute("custom:new") != nil {
		t.Errorf("schema %+v, %v; want the first alone", p.Settings.Schema, err)
	}
}

func TestPoolsAreFoundByID(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	if p, err := d.Pools.Pool(t.Context(), d.Pool.ID); err != nil || p.ID != d.Pool.ID {
		t.Errorf("Pool = %+v, %v", p, err)
	}
	const none = "us-east-1_none"
	for what, do := range map[string]func() error{
		"find":     func() error { _, err := d.Pools.Pool(t.Context(), none); return err },
		"settings": func() error { return d.Pools.ReplaceSettings(t.Context(), none, nil, nil, userpool.Settings{}) },
		"schema":   func() error { return d.Pools.AddCustomAttributes(t.Context(), none, nil) },
		"tag":      func() error { return d.Pools.Tag(t.Context(), none, nil) },
		"delete":   func() error { return d.Pools.DeletePool(t.Context(), none) },
	} {
		err := do()
		if !errors.Is(err, userpool.ErrPoolNotFound) || fault.As(err).Message != "User pool us-east-1_none does not exist." {
			t.Errorf("%s: %v, want an error that names the pool", what, err)
		}
	}
}

// UpdateUserPool resets what it is not sent, but not the schema, the issuer and
// the tier.
func TestReplaceSettings(t *testing.T) {
	badge := userpool.Attribute{Name: "custom:badge", Type: userpool.TypeString}
	d := enginetest.New(t, userpool.Settings{Schema: []userpool.Attribute{badge}, AWSIssuer: true, Tier: "PLUS", AdminCreateOnly: true})
	replace := func(name *string, s userpool.Settings) *userpool.Pool {
		t.Helper()
		if err := d.Pools.ReplaceSettings(t.Context(), d.Pool.ID, name, nil, s); err != nil {
			t.Fatal(err)
		}
		p, err := d.Pools.Pool(t.Context(), d.Pool.ID)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := replace(nil, userpool.Settings{})
	if p.Name != d.Pool.Name || p.Attribute("custom:badge") == nil || !p.Settings.AWSIssuer || p.Settings.Tier != "PLUS" || p.Settings.AdminCreateOnly {
		t.Errorf("after nothing was sent: %q, %+v", p.Name, p.Settings)
	}
	if p := replace(new("staff"), userpool.Settings{Tier: "LITE"}); p.Name != "staff" || p.Settings.Tier != "LITE" {
		t.Errorf("after a name and a tier: %q, %q", p.Name, p.Settings.Tier)
	}
}

func TestListPools(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	want := map[userpool.PoolID]bool{d.Pool.ID: true}
	for range 4 {
		p, err := d.Pools.CreatePool(t.Context(), "", "us-east-1", "p", userpool.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		want[p.ID] = true
	}
	first, next, err := d.Pools.ListPools(t.Context(), "", 3)
	if err != nil || len(first) != 3 || next != first[2].ID {
		t.Fatalf("first page: %d pools, next %q, %v", len(first), next, err)
	}
	second, next, err := d.Pools.ListPools(t.Context(), next, 3)
	if err != nil || len(second) != 2 || next != "" {
		t.Fatalf("second page: %d pools, next %q, %v", len(second), next, err)
	}
	for _, p := range append(first, second...) {
		if !want[p.ID] {
			t.Errorf("%s is on two pages, or was not made", p.ID)
		}
		delete(want, p.ID)
	}
}
