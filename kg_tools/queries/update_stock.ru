# New availability of an offer: the older one goes, and with it the count of pieces, which no longer holds.
DELETE { GRAPH ?source { ?offer ?property ?old . } }
WHERE {
  # bind ?offer
  VALUES ?property { schema:availability schema:inventoryLevel }
  GRAPH ?source { ?offer ?property ?old . }
} ;
INSERT { GRAPH ?updates { ?product schema:offers ?offer . ?offer schema:availability ?availability . } }
WHERE {
  # bind ?product
  # bind ?offer
  # bind ?updates
  # bind ?availability
}
