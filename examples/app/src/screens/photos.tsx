import { useState } from "preact/hooks";
import { useLive, useScreen } from "../api/hooks";
import { MediaChangedDocument, PhotosDocument, type PhotoFragment } from "../api/schema";
import { onDay } from "../api/words";
import type { Space } from "../frame";
import { Guidance, Heading } from "../parts/page";
import { Loaded } from "../parts/problem";
import { AddPhoto } from "./add-photo";

/** Pictures, films and files. Visitors see no pupils' names; nobody else sees hidden pictures. */
export function Photos({ space }: { space: Space }) {
  const pupils = space.permissions.seePupils.allowed;
  const add = space.permissions.addMedia.allowed;
  const [adding, setAdding] = useState(false);
  useLive(MediaChangedDocument, { id: space.id, pupils });
  const screen = useScreen(PhotosDocument, { id: space.id, pupils, add });
  return (
    <>
      <div class="head">
        <Heading title="Photos">Photos</Heading>
        {add && !adding && (
          <button type="button" onClick={() => setAdding(true)}>
            Add a photo
          </button>
        )}
      </div>
      {adding && (
        <>
          <Guidance guidance={screen.data?.publishingGuidance} />
          <AddPhoto space={space} onClose={() => setAdding(false)} />
        </>
      )}
      <Loaded screen={screen}>
        {({ twinSpace }) =>
          twinSpace?.media && (
            <ul class="photos">
              {twinSpace.media.nodes.map((photo) => (
                <Photo key={photo.id} photo={photo} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}

function Photo({ photo }: { photo: PhotoFragment }) {
  const { title, description, url, thumbnailUrl, videoUrl, uploader, createdAt, pictured, hidden } = photo;
  const address = url ?? videoUrl;
  const shown = thumbnailUrl ? (
    <img src={thumbnailUrl} alt={description || title} loading="lazy" />
  ) : (
    <span class="placeholder">{videoUrl ? "Film on another website" : "File"}</span>
  );
  return (
    <li data-photo={title}>
      <figure>
        {address ? (
          <a href={address} target="_blank" rel="noopener noreferrer">
            {shown}
            <span class="unseen">Open {title}</span>
          </a>
        ) : (
          shown
        )}
        <figcaption>
          <strong>{title}</strong>
          <span class="hint">
            {uploader && `${uploader.name}, `}
            {onDay(createdAt)}
          </span>
          {pictured && pictured.length > 0 && (
            <span class="hint">With {pictured.map(({ name }) => name).join(", ")}</span>
          )}
          {hidden && <span class="tag">Hidden: a consent was withdrawn</span>}
        </figcaption>
      </figure>
    </li>
  );
}
