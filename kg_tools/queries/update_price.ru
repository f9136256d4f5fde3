# A new price of an offer: older ones go, whatever their source; the new one is stated by the updates.
DELETE { GRAPH ?source { ?offer schema:price ?old . } }
WHERE {
  # bind ?offer
  GRAPH ?source { ?offer schema:price ?old . }
} ;
INSERT { GRAPH ?updates { ?product schema:offers ?offer . ?offer schema:price ?price . } }
WHERE {
  # bind ?product
  # bind ?offer
  # bind ?updates
  # bind ?price
}
