package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/userpool"
)

// requiredAttributes returns the standard attributes with those required that are named.
func requiredAttributes(names []string) (schema []userpool.Attribute) {
	for _, a := range userpool.StandardAttributes() {
		if slices.Contains(names, a.Name) {
			a.Required = true
			schema = append(schema, a)
		}
	}
	return schema
}

// checkRequired refuses a pool that requires other attributes than the file says: there
// may be users without them. A file that says nothing agrees with every pool.
func checkRequired(p *userpool.Pool, declared []string) error {
	var has []string
	for _, a := range p.Attributes() {
		if a.Required && a.Name != "sub" {
			has = append(has, a.Name)
		}
	}
	isMissing := func(name string) bool { return !slices.Contains(has, name) }
	if len(declared) == 0 || len(declared) == len(has) && !slices.ContainsFunc(declared, isMissing) {
		return nil
	}
	return fmt.Errorf("required_attributes: the pool requires [%s], as was decided when it was made", strings.Join(has, ", "))
}

// agrees reports whether the pool's attribute is what the file says. A constraint that the
// file leaves out agrees with every one.
func agrees(has, declared *userpool.Attribute) bool {
	same := func(has, declared string) bool { return declared == "" || has == declared }
	return has.Type == declared.Type && has.Mutable == declared.Mutable &&
		same(has.MinLength, declared.MinLength) && same(has.MaxLength, declared.MaxLength) && same(has.MinValue, declared.MinValue) && same(has.MaxValue, declared.MaxValue)
}

// described says what an attribute is, in the words of the file.
func described(a *userpool.Attribute) string {
	text := fmt.Sprintf("type: %s, mutable: %t", a.Type, a.Mutable)
	for _, c := range []struct{ key, value string }{{"min_length", a.MinLength}, {"max_length", a.MaxLength}, {"min_value", a.MinValue}, {"max_value", a.MaxValue}} {
		if c.value != "" {
			text += ", " + c.key + ": " + c.value
		}
	}
	return text
}

// ensureAttributes adds the attributes that the pool lacks.
func (d *directory) ensureAttributes(ctx context.Context, p *userpool.Pool, declared []config.CustomAttribute) error {
	var lacking []userpool.Attribute
	for _, c := range declared {
		a := userpool.Attribute{Name: "custom:" + c.Name, Type: c.Type, Mutable: c.Mutable, MinLength: c.MinLength, MaxLength: c.MaxLength, MinValue: c.MinValue, MaxValue: c.MaxValue}
		switch has := p.Attribute(a.Name); {
		case has == nil:
			lacking = append(lacking, a)
		case !agrees(has, &a):
			return fmt.Errorf("attribute %s: the pool has it with %s, and an attribute never changes", a.Name, described(has))
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	err := d.pools.AddCustomAttributes(ctx, p.ID, lacking)
	if err == nil || !errors.Is(err, userpool.ErrSettings) {
		return err
	}
	now, found := d.pools.Pool(ctx, p.ID) // another node may have added them
	if found == nil && !slices.ContainsFunc(lacking, func(a userpool.Attribute) bool { return now.Attribute(a.Name) == nil }) {
		return nil
	}
	return err
}
