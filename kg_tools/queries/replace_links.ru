# All links of one kind that a source states, replaced by the given pairs.
DELETE { GRAPH ?source { ?old_product ?predicate ?old_target . } }
WHERE {
  # bind ?source
  # bind ?predicate
  GRAPH ?source { ?old_product ?predicate ?old_target . }
} ;
INSERT { GRAPH ?source { ?product ?predicate ?target . } }
WHERE {
  # bind ?source
  # bind ?predicate
  # bind ?product ?target many
}
