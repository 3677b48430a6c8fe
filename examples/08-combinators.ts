/**
 * What you see here: how lists that do not come from one another meet. Items of one list align by themselves; for the
 * rest you say which of the possible pairings you mean.
 *
 *   workgraph run examples/08-combinators.ts
 */
import { cross, filter, merge, node, race, sleep, workflow, zip, zipBy } from "agentic-workgraph";

interface City {
  readonly name: string;
  readonly country: string;
  /** Degrees. */
  readonly latitude: number;
  readonly longitude: number;
}

const CITIES: readonly City[] = [
  { name: "Lima", country: "PE", latitude: -12.05, longitude: -77.04 },
  { name: "Oslo", country: "NO", latitude: 59.91, longitude: 10.75 },
  { name: "Nairobi", country: "KE", latitude: -1.29, longitude: 36.82 },
];
const CAPITALS_OF = [
  { country: "KE", words: "Kenya" },
  { country: "PE", words: "Peru" },
  { country: "NO", words: "Norway" },
];

const listCities = node({ id: "list_cities", out: "many" }, async ({ limit }: { limit: number }) =>
  CITIES.slice(0, limit),
);
const listCountries = node({ id: "list_countries", out: "many" }, async ({ limit }: { limit: number }) =>
  CAPITALS_OF.slice(0, limit),
);
const rank = node({ id: "rank", out: "many" }, async ({ limit }: { limit: number }) =>
  ["first", "second", "third"].slice(0, limit),
);

const label = node({ id: "label" }, async ({ city, place }: { city: City; place: string }) => `${place}: ${city.name}`);
const capital = node(
  { id: "capital" },
  async ({ city, country }: { city: City; country: { words: string } }) => `${city.name} in ${country.words}`,
);

/** Along the great circle, in km. */
const distance = node({ id: "distance" }, async ({ from, to }: { from: City; to: City }) => {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const haversine = (angle: number): number => Math.sin(angle / 2) ** 2;
  const across =
    haversine(radians(to.latitude - from.latitude)) +
    Math.cos(radians(from.latitude)) *
      Math.cos(radians(to.latitude)) *
      haversine(radians(to.longitude - from.longitude));
  return { pair: `${from.name}-${to.name}`, km: Math.round(2 * 6371 * Math.asin(Math.sqrt(across))) };
});

const north = node({ id: "north" }, async ({ city }: { city: City }) => `${city.name} lies north of the equator`);
const south = node({ id: "south" }, async ({ city }: { city: City }) => `${city.name} lies south of the equator`);

export const combinators = workflow({ name: "combinators" }, async ({ limit = 3 }: { limit?: number }) => {
  const cities = listCities({ limit });

  // zip: by position, and both must be equally long.
  const [city, place] = zip(cities, rank({ limit }));
  const labels = label({ city, place });

  // zipBy: by a key that both have, in whatever order they come.
  const [keyed, country] = zipBy(cities, listCountries({ limit }), (value) => value.country);
  const capitals = capital({ city: keyed, country });

  // cross: every one with every other.
  const [from, to] = cross(cities, cities);
  const distances = distance({ from, to });

  // filter keeps places, so the two halves join again in the order of the whole list.
  const halves = merge(
    north({ city: filter(cities, ({ latitude }) => latitude > 0) }),
    south({ city: filter(cities, ({ latitude }) => latitude <= 0) }),
  );

  // race: the first success wins; a sleep makes it a deadline.
  const farthest = distance({ from: CITIES[0]!, to: CITIES[1]! });
  const inTime = await race([farthest, sleep("10s")]);

  return { labels: await labels, capitals: await capitals, distances: await distances, halves: await halves, inTime };
});
