package balance

// maxWeight limits the sum of the weights of a set, and so its memory.
const maxWeight = 1000

// smallWeights returns the weights of targets in the smallest numbers that have
// their proportions, or nearly so if those numbers are large.
func smallWeights(targets []Target) []int {
	weights := make([]int, len(targets))
	divisor, total := 0, 0
	for i, t := range targets {
		weights[i] = max(t.Weight, 1)
		divisor = gcd(weights[i], divisor)
	}
	for i := range weights {
		weights[i] /= divisor
		total += weights[i]
	}
	if total > maxWeight {
		for i, w := range weights {
			weights[i] = max(1, w*maxWeight/total)
		}
	}
	return weights
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// orderOf returns the usable hosts, each as often as its weight, evenly mixed: {2, 1}
// gives 0, 1, 0. In each round every host gains its weight as credit; the one with
// most credit is next and pays the total.
func orderOf(hosts []*Host, usable []bool) []*Host {
	total := 0
	for i, h := range hosts {
		if usable[i] {
			total += h.weight
		}
	}
	order := make([]*Host, 0, total)
	credit := make([]int, len(hosts))
	for range total {
		best := -1
		for i, h := range hosts {
			if !usable[i] {
				continue
			}
			if credit[i] += h.weight; best < 0 || credit[i] > credit[best] {
				best = i
			}
		}
		credit[best] -= total
		order = append(order, hosts[best])
	}
	return order
}
